import { join } from 'node:path';
import type { Accelerator, HostFacts, HostReport } from '../../contract/host.ts';
import type { AcceleratorOptions } from './accelerator.ts';
import { realFiles } from './signals.ts';
import { knownAccelerator } from './trial-cache.ts';

export interface Host {
  /** What machines run with: quick where it was tried before, else a whole report. */
  accelerator(): Promise<Accelerator>;
  /** Facts, checks and the accelerator trial (from its cache where nothing changed). */
  report(): Promise<HostReport>;
  /** All of it anew, past the cache. */
  recheck(): Promise<HostReport>;
}

/** What this computer can do. `override` is read at each report, so that a changed setting shows at once. */
export function createHost(options: { dataDir: string; assets: string; override: () => Accelerator | 'auto' }): Host {
  // One run at a time: two pages asking at once share one trial.
  let running: { again: boolean; report: Promise<HostReport> } | undefined;
  const once = (again: boolean): Promise<HostReport> => {
    if (running && (running.again || !again)) return running.report;
    const report = make(options, again).finally(() => {
      if (running?.report === report) running = undefined;
    });
    running = { again, report };
    return report;
  };
  return {
    async accelerator() {
      const { cacheFile, override } = wanted(options, []);
      return (await knownAccelerator(override, cacheFile)) ?? (await once(false)).accelerator.chosen;
    },
    report: () => once(false),
    recheck: () => once(true),
  };
}

const wanted = (options: Parameters<typeof createHost>[0], found: HostFacts['qemu']): AcceleratorOptions => ({
  qemu: found.find((entry) => entry.arch === (process.arch === 'arm64' ? 'aarch64' : 'x86_64')),
  assets: options.assets,
  cacheFile: join(options.dataDir, 'host', 'trial.json'),
  override: options.override(),
});

async function make(options: Parameters<typeof createHost>[0], again: boolean): Promise<HostReport> {
  // With what they need they are a third of what is loaded at a start, and a box opens its doors before it asks.
  const [{ hostFacts }, { acceleratorReport }, { runChecks }] = await Promise.all([
    import('./facts.ts'),
    import('./accelerator.ts'),
    import('./checks.ts'),
  ]);
  const facts = await hostFacts(options.dataDir);
  const accelerator = await acceleratorReport({ ...wanted(options, facts.qemu), again });
  const checks = runChecks({ facts, accelerator, files: realFiles, runAsRoot: process.getuid?.() === 0 });
  return { facts, checks, accelerator };
}
