import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { asProblem, ProblemError } from '../../../../contract/problem.ts';
import { stickSettingsSchema } from '../../../../contract/box/settings.ts';
import { openImage } from '../write/image.ts';
import { readStick } from '../write/look.ts';
import { writeStick } from '../write/write.ts';
import type { PolicyOptions } from '../drives/policy.ts';
import { thisPlatform } from '../drives/this-platform.ts';
import { parseHelperArguments, readingEvents } from './contract.ts';
import type { HelperCall, HelperEvent } from './contract.ts';
import { claimDrive, findDrive } from './drive.ts';

export interface HelperIo {
  stdin: Readable;
  tell: (event: HelperEvent) => void;
  /** Only tests give more. */
  policy?: PolicyOptions;
}

/** Milliseconds the caller may take to send the settings. */
const settingsLimitMs = 30_000;

/** The whole of the helper. Resolves with its exit code; how it went stands in the last line that it told. */
export async function runHelper(argv: readonly string[], { stdin, tell, policy = {} }: HelperIo): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  const settings = listen(stdin, stop);
  try {
    const call = parseHelperArguments(argv);
    tell({ event: 'ready' });
    if (call.mode === 'write') await write(call, settings, { tell, policy, signal: stop.signal });
    else await verify(call, { tell, policy, signal: stop.signal });
    tell({ event: 'end', ok: true });
    return 0;
  } catch (error) {
    tell({ event: 'failed', problem: stop.signal.aborted ? cancelled : asProblem(error) });
    return 1;
  } finally {
    stdin.destroy();
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}

const cancelled = {
  code: 'cancelled',
  title: 'Stopped',
  detail: 'If writing had begun, the drive is empty now: no computer starts from it. Write it anew to use it.',
  kind: 'cancelled' as const,
};

/** The settings once they come; anything else on stdin but `cancel` is not for us (a prompt may have left something). */
function listen(stdin: Readable, stop: AbortController): Promise<unknown> {
  const lines = createInterface({ input: stdin });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      if (line === 'cancel') stop.abort();
      else if (line.startsWith('settings ')) resolve(parse(line.slice('settings '.length)));
    });
    lines.on('close', () => stop.abort());
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is wrong, without showing any of it
  }
}

async function write(
  call: Extract<HelperCall, { mode: 'write' }>,
  coming: Promise<unknown>,
  { tell, policy, signal }: { tell: HelperIo['tell']; policy: PolicyOptions; signal: AbortSignal },
): Promise<void> {
  const settings = stickSettingsSchema.safeParse(await within(coming, signal));
  if (!settings.success)
    throw new ProblemError({
      code: 'stick-settings-invalid',
      title: 'The settings are not valid',
      detail: settings.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join(' '),
      fix: 'This is a fault of Hearth: please report it.',
    });
  const image = await openImage(call.image);
  try {
    tell({ event: 'step', step: 'unmount' });
    const { drive, target } = await claimDrive(thisPlatform(), call, {
      ...policy,
      need: call.imageSize,
      typed: call.typed,
    });
    try {
      const { sha256 } = await writeStick({
        image,
        target,
        expected: { size: call.imageSize, sha256: call.imageSha256 },
        settings: settings.data,
        capacity: call.fullCheck === 'yes' ? 'whole' : 'places',
        onProgress: (progress) => tell({ event: 'progress', ...progress }),
        signal,
      });
      tell({ event: 'written', sha256 });
    } finally {
      await target.close();
    }
    tell({ event: 'step', step: 'finish' });
    await thisPlatform().rescan(drive);
  } finally {
    await image.close();
  }
}

async function verify(
  call: Extract<HelperCall, { mode: 'verify' }>,
  { tell, policy, signal }: { tell: HelperIo['tell']; policy: PolicyOptions; signal: AbortSignal },
): Promise<void> {
  const platform = thisPlatform();
  const drive = await findDrive(platform, call, { ...policy, reading: true });
  const images = await Promise.all(call.originals.map((path) => openImage(path).catch(() => undefined)));
  const originals = images.filter((image) => image !== undefined);
  try {
    const target = await platform.open(drive, { readOnly: true });
    try {
      const reading = await readStick(target, {
        originals,
        onProgress: (progress) => tell({ event: 'progress', ...progress }),
        signal,
      });
      for (const event of readingEvents(reading)) tell(event);
    } finally {
      await target.close();
    }
  } finally {
    for (const image of originals) await image.close();
  }
}

async function within(coming: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(settingsLimitMs)]);
  const ended = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new DOMException('no settings came', 'AbortError'));
    if (over.aborted) fail();
    over.addEventListener('abort', fail, { once: true });
  });
  return Promise.race([coming, ended]);
}
