import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Accelerator, TrialRun } from '../../contract/host.ts';

/** SHA-256 of assets/accelerator-trial/trial.raw: what runs in the trial is what was reviewed. */
const imageSha256 = 'd8563db93b6966a91b9ef7361e1472953f3c1fec4d45e99cebff005d81903626';
const romSize = 65_536;
/** Far jump to f000:0000 at the reset vector. */
const resetVector = Buffer.from([0xea, 0x00, 0x00, 0x00, 0xf0]);
const timeLimitMs = 5000;
/** A million loop turns take about 1 ms natively; beyond this the accelerator emulates instruction by instruction. */
const slowWorkMs = 100;

/** The stages in order: the letter the guest writes, and what had to work for it. */
export const stages = [
  ['R', 'real mode'],
  ['P', 'protected mode'],
  ['L', 'long mode'],
  ['T', 'timer interrupts'],
  ['U', 'SYSCALL'],
  ['F', 'page fault'],
  ['C', 'a million loop turns'],
] as const;

const letters = stages.map(([letter]) => letter).join('');

/** Builds the 64 KiB firmware image around the trial code. Throws where the file is not the reviewed one. */
export async function trialFirmware(assets: string): Promise<Buffer> {
  const code = await readFile(join(assets, 'accelerator-trial', 'trial.raw'));
  const digest = createHash('sha256').update(code).digest('hex');
  if (digest !== imageSha256) throw new Error(`The accelerator trial image was changed (sha256 ${digest}).`);
  const rom = Buffer.alloc(romSize);
  code.copy(rom, 0);
  resetVector.copy(rom, 0xfff0);
  return rom;
}

/**
 * Boots the staged guest under one accelerator and believes only what it wrote to its serial port.
 * Never throws for a failing accelerator; ends within 5 s (SIGKILL).
 */
export async function runTrial(
  accelerator: Accelerator,
  qemu: string,
  assets: string,
  limitMs = timeLimitMs,
): Promise<TrialRun> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-trial-'));
  try {
    const rom = join(folder, 'trial.bin');
    await writeFile(rom, await trialFirmware(assets), { mode: 0o600 });
    const args = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-m', '8', '-machine', 'q35',
      '-accel', accelerator, '-cpu', 'max', '-bios', rom, '-chardev', 'stdio,id=s,signal=off', '-serial', 'chardev:s',
      '-monitor', 'none', '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04']; // prettier-ignore
    const started = performance.now();
    const seen = new Map<string, number>();
    const child = execa(qemu, args, {
      stdin: 'ignore',
      reject: false,
      timeout: limitMs,
      killSignal: 'SIGKILL',
      encoding: 'buffer',
    });
    child.stdout.on('data', (chunk: Buffer) => {
      for (const letter of chunk.toString('latin1'))
        if (!seen.has(letter)) seen.set(letter, performance.now() - started);
    });
    const result = await child;
    const stderr =
      Buffer.from(result.stderr)
        .toString()
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^qemu-system-\S+?: /, '') ?? '';
    return judge(accelerator, seen, { ms: performance.now() - started, timedOut: result.timedOut, stderr });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where QEMU runs another processor than the trial guest is made for: nothing is known, so nothing is believed. */
export const notTried = (accelerator: Accelerator): TrialRun => ({
  accelerator,
  verdict: 'unavailable',
  stages: '',
  ms: 0,
  stderr: 'the trial guest is for Intel and AMD processors',
});

/** From the letters and their times to a verdict; the exit code plays no part (some builds lack isa-debug-exit). */
export function judge(
  accelerator: Accelerator,
  seen: ReadonlyMap<string, number>,
  end: { ms: number; timedOut: boolean; stderr: string },
): TrialRun {
  const reached = [...letters].filter((letter) => seen.has(letter)).join('');
  const workMs = seen.has('C') && seen.has('F') ? (seen.get('C') ?? 0) - (seen.get('F') ?? 0) : undefined;
  const next = stages.find(([letter]) => !seen.has(letter));
  const complete = reached === letters;
  const verdict = complete
    ? (workMs ?? 0) > slowWorkMs
      ? 'slow'
      : 'pass'
    : end.timedOut
      ? 'hang'
      : reached === '' && end.stderr !== ''
        ? 'unavailable'
        : 'fail';
  return {
    accelerator,
    verdict,
    stages: reached,
    ...(next && verdict !== 'unavailable' ? { stoppedAt: next[1] } : {}),
    ms: Math.round(end.ms),
    ...(workMs === undefined ? {} : { workMs: Math.round(workMs * 10) / 10 }),
    ...(end.stderr ? { stderr: end.stderr } : {}),
  };
}

const names: Record<Accelerator, string> = {
  kvm: 'KVM',
  hvf: 'Hypervisor.framework',
  whpx: 'Windows Hypervisor Platform',
  tcg: 'software mode',
};

/** e.g. "KVM stopped at SYSCALL after 96 ms; software mode passed in 41 ms". */
export function evidence(runs: readonly TrialRun[]): string {
  const ordered = [...runs].sort((a, b) => Number(a.accelerator === 'tcg') - Number(b.accelerator === 'tcg'));
  const text = ordered.map((run) => `${names[run.accelerator]} ${outcome(run)}`).join('; ');
  return text ? text[0]?.toUpperCase() + text.slice(1) : 'Nothing was tried: there is no QEMU.';
}

/** QEMU's own crash is told in words; its assertion stays in the run's stderr for whoever wants it. */
export const whyNotStarted = (run: TrialRun): string =>
  /assertion|abort/i.test(run.stderr ?? '') ? `crashed QEMU after ${run.ms} ms` : `could not start (${run.stderr})`;

function outcome(run: TrialRun): string {
  switch (run.verdict) {
    case 'pass':
      return `passed in ${run.ms} ms`;
    case 'slow':
      return `passed, but a million loop turns took ${run.workMs} ms`;
    case 'hang':
      return `hung at ${run.stoppedAt} and was ended after ${run.ms} ms`;
    case 'fail':
      return `stopped at ${run.stoppedAt} after ${run.ms} ms`;
    case 'unavailable':
      return whyNotStarted(run);
  }
}
