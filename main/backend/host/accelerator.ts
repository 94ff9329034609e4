import os from 'node:os';
import { execa } from 'execa';
import type { Accelerator, AcceleratorReport, TrialRun } from '../../contract/host.ts';
import { acceleratorSchema } from '../../contract/host.ts';
import { diagnose } from './failure-classes.ts';
import { readKernelLog, readSignals, realFiles } from './signals.ts';
import type { HostFiles } from './signals.ts';
import { choose, identityOf, keyOf, readCache, writeCache } from './trial-cache.ts';
import { evidence, notTried, runTrial } from './trial.ts';

/** `qemu`: the one machines run with. */
export interface AcceleratorOptions {
  qemu: { binary: string; version: string; arch?: string } | undefined;
  assets: string;
  cacheFile: string;
  override: Accelerator | 'auto';
  /** Try again even where the cache knows. */
  again?: boolean;
  files?: HostFiles;
}

/** Tries every accelerator QEMU offers (or believes the cache for the same boot, kernel and QEMU) and says why. */
export async function acceleratorReport(options: AcceleratorOptions): Promise<AcceleratorReport> {
  const files = options.files ?? realFiles;
  const key = keyOf(files, options.qemu?.version);
  const cached = options.again ? undefined : await readCache(options.cacheFile, key);
  const runs = cached?.runs ?? (await tryAll(options));
  const triedAt = cached?.triedAt ?? new Date().toISOString();
  const { qemu } = options;
  if (qemu) {
    const file = identityOf(qemu.binary);
    if (!cached || cached.file !== file)
      await writeCache(options.cacheFile, { key, file, version: qemu.version, triedAt, runs });
  }
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
