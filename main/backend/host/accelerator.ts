import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { Accelerator, AcceleratorReport, TrialRun } from '../../contract/host.ts';
import { acceleratorSchema, trialRunSchema } from '../../contract/host.ts';
import { diagnose } from './failure-classes.ts';
import { readKernelLog, readSignals, realFiles } from './signals.ts';
import type { HostFiles } from './signals.ts';
import { evidence, notTried, runTrial } from './trial.ts';

const cacheSchema = z.object({ key: z.string(), triedAt: z.string(), runs: z.array(trialRunSchema) });

export interface AcceleratorOptions {
  qemu: { binary: string; version: string; arch?: string } | undefined;
  assets: string;
  cacheFile: string;
  override: Accelerator | 'auto';
  /** Try again even where the cache knows. */
  again?: boolean;
  files?: HostFiles;
}

const choose = (override: Accelerator | 'auto', runs: readonly TrialRun[]): Accelerator =>
  override === 'auto'
    ? (runs.find((run) => run.accelerator !== 'tcg' && run.verdict === 'pass')?.accelerator ?? 'tcg')
    : override;

/** What machines run with, without its reasons, as a start needs it; undefined where it has to be tried first. */
export async function knownAccelerator(options: AcceleratorOptions): Promise<Accelerator | undefined> {
  if (options.override !== 'auto') return options.override;
  const cached = await readCache(options.cacheFile, keyOf(options));
  return cached && choose('auto', cached.runs);
}

/** Tries every accelerator QEMU offers (or believes the cache for the same boot, kernel and QEMU) and says why. */
export async function acceleratorReport(options: AcceleratorOptions): Promise<AcceleratorReport> {
  const files = options.files ?? realFiles;
  const key = keyOf(options);
  const cached = options.again ? undefined : await readCache(options.cacheFile, key);
  const runs = cached?.runs ?? (await tryAll(options));
  const triedAt = cached?.triedAt ?? new Date().toISOString();
  if (!cached && options.qemu) await writeCache(options.cacheFile, { key, triedAt, runs });
  const host = {
    platform: process.platform,
    arch: process.arch,
    kernel: os.release(),
    user: os.userInfo().username,
    groups: process.getgroups?.() ?? [],
  };
  const diagnosis = diagnose(readSignals(files, host, await readKernelLog()), runs);
  return {
    chosen: choose(options.override, runs),
    chosenBy: options.override === 'auto' ? 'trial' : 'override',
    ...diagnosis,
    evidence: evidence(runs),
    runs,
    triedAt,
    fromCache: cached !== undefined,
  };
}

async function tryAll(options: AcceleratorOptions): Promise<TrialRun[]> {
  if (!options.qemu) return [];
  const accelerators = await offered(options.qemu.binary);
  if (options.qemu.arch === 'aarch64') return accelerators.map(notTried);
  const runs: TrialRun[] = [];
  // Software first: it proves QEMU and the trial guest themselves.
  for (const accelerator of accelerators) runs.push(await runTrial(accelerator, options.qemu.binary, options.assets));
  return runs;
}

/** The accelerators this QEMU was built with, software mode first. */
async function offered(binary: string): Promise<Accelerator[]> {
  const result = await execa(binary, ['-accel', 'help'], { reject: false, timeout: 5000, stdin: 'ignore' });
  const listed = result.stdout.split('\n').map((line) => acceleratorSchema.safeParse(line.trim()).data);
  const found = listed.filter((name): name is Accelerator => name !== undefined);
  return ['tcg', ...found.filter((name) => name !== 'tcg')];
}

/** The same boot, kernel, modules and QEMU give the same result. */
function keyOf({ files = realFiles, qemu }: AcceleratorOptions): string {
  const boot =
    files.read('/proc/sys/kernel/random/boot_id')?.trim() ?? String(Math.round(Date.now() / 1000 - os.uptime()));
  const modules = ['kvm_intel', 'kvm_amd', 'kvm_pvm'].filter((name) => files.exists(`/sys/module/${name}`));
  const device = files.exists('/dev/kvm') ? (files.writable('/dev/kvm') ? 'kvm' : 'kvm-denied') : 'no-kvm';
  return [boot, os.release(), qemu?.version ?? 'none', device, ...modules].join(' ');
}

async function readCache(file: string, key: string): Promise<z.infer<typeof cacheSchema> | undefined> {
  try {
    const cached = cacheSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return cached.key === key ? cached : undefined;
  } catch {
    return undefined; // absent or of another shape: the trial is cheap
  }
}

async function writeCache(file: string, entry: z.infer<typeof cacheSchema>): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(entry, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
