import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject } from '../../contract/kube.ts';
import { monotonic } from '../../contract/monotonic.ts';
import { ProblemError } from '../../contract/problem.ts';
import { transferText } from '../images/follow.ts';
import { sendUpload } from '../images/upload-proxy.ts';
import { failed, until } from '../snapshots/wait.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import type { MachineFile } from './file/machine-file.ts';
import { damaged } from './file/tar.ts';
import { importAnnotation, marked, mine } from './mark.ts';

type Disk = MachineFile['disks'][number];
const attempts = 3;

const isDone = (volume: KubeObject | undefined): boolean => pickText(volume, 'status', 'phase') === 'Succeeded';

/** Makes a disk and sends its bytes, or goes on: one that is done is left alone. Throws ProblemError, KubeError, AbortError. */
export async function makeDisk(
  target: OpenTarget,
  id: string,
  file: string,
  disk: Disk,
  wanted: KubeObject,
  task: TaskHandle,
  count: { before: number; total: number },
): Promise<void> {
  const { client } = target;
  const ref = { namespace: wanted.metadata.namespace ?? '', name: wanted.metadata.name ?? '' };
  const kind = kinds.dataVolumes;
  // Of a try that was cut: CDI does not take it again where its claim is there.
  const cut = await client.get(kind, ref.namespace, ref.name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const ours = cut?.metadata.annotations?.[importAnnotation] === id ? cut : undefined;
  const made = ours ?? await mine(client.create(kind, marked(wanted, id), { signal: task.signal }), () => client.get(kind, ref.namespace, ref.name), id); // prettier-ignore
  const reaches = (phases: readonly string[]): Promise<string> =>
    until(target, kind, ref, task.signal, (volume) => {
      if (!volume || volume.metadata.uid !== made.metadata.uid) return undefined;
      const phase = pickText(volume, 'status', 'phase') ?? '';
      const running = pickList(volume, 'status', 'conditions').find((each) => each['type'] === 'Running');
      if (phase === 'Failed')
        throw failed(`The target does not take the disk ${disk.volume}`, pickText(running, 'message') ?? 'It gave no reason.', 'The file may be damaged or hostile: export the machine again.', 'import-disk-refused'); // prettier-ignore
      return phases.includes(phase) ? phase : undefined;
    });
  for (let attempt = 1; ; attempt += 1) {
    if ((await reaches(['UploadReady', 'Succeeded'])) === 'Succeeded') return;
    try {
      await send(target, ref, disk.path ?? file, disk, task, count);
      break;
    } catch (error) {
      if (task.signal.aborted) throw error;
      if (error instanceof KubeError && error.code === 409) break;
      const passing = error instanceof KubeError && [0, 401, 503].includes(error.code);
      if (!passing || attempt === attempts) throw error;
      await wait(1000 * attempt, undefined, { signal: task.signal });
    }
  }
  task.update({ detail: 'Checking and converting', secondsLeft: undefined });
  await reaches(['Succeeded']);
  if (!isDone(await client.get(kind, ref.namespace, ref.name))) throw new Error(`${ref.name} changed meanwhile`);
}

/** CDI takes a disk as one request from its first byte. The last bytes go only when the checksum is right. */
async function send(
  target: OpenTarget,
  ref: { namespace: string; name: string },
  file: string,
  disk: Disk,
  task: TaskHandle,
  { before, total }: { before: number; total: number },
): Promise<void> {
  const request = await target.client.create(kinds.uploadTokenRequests, {
    apiVersion: 'upload.cdi.kubevirt.io/v1beta1',
    kind: 'UploadTokenRequest',
    metadata: ref,
    spec: { pvcName: ref.name },
  });
  const token = pickText(request, 'status', 'token') ?? '';
  const wrong = damaged(`The disk ${disk.volume} is not what was exported: its checksum is another.`);
  let bad = false;
  let broken: ProblemError | undefined;
  const hash = disk.sum && createHash(disk.sum.algorithm);
  let seen = 0;
  let told = 0;
  const began = monotonic();
  let held: Buffer | undefined;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      hash?.update(chunk);
      seen += chunk.length;
      if (monotonic() - told > 250) {
        told = monotonic();
        const rate = (seen / Math.max(1, told - began)) * 1000;
        task.update({ progress: (before + seen) / total, ...transferText(before + seen, total, rate) });
      }
      const ready = held;
      held = chunk;
      next(null, ready);
    },
    flush(next) {
      if (hash && hash.digest('hex') !== disk.sum?.hex) {
        bad = true;
        return next(wrong);
      }
      next(null, held);
    },
  });
  try {
    await sendUpload(target.client, {
      token,
      size: disk.stored,
      signal: task.signal,
      body() {
        const source =
          disk.open?.(task.signal) ??
          createReadStream(file, { start: disk.at, end: disk.at + disk.stored - 1, highWaterMark: 1024 * 1024 });
        source.on('error', (error: Error) => {
          if (error instanceof ProblemError) broken = error;
          check.destroy(error);
        });
        check.once('close', () => source.destroy());
        return source.pipe(check);
      },
    });
  } catch (error) {
    if (bad) throw wrong;
    if (broken) throw broken;
    throw error;
  }
}
