import { join } from 'node:path';
import type { Accelerator, HostReport } from '../../contract/host.ts';

export interface Host {
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
  return { report: () => once(false), recheck: () => once(true) };
}

async function make(options: Parameters<typeof createHost>[0], again: boolean): Promise<HostReport> {
  // With what they need they are a third of what is loaded at a start, and a box opens its doors before it asks.
  const [{ hostFacts }, { acceleratorReport }, { runChecks }, { realFiles }] = await Promise.all([
    import('./facts.ts'),
    import('./accelerator.ts'),
    import('./checks.ts'),
    import('./signals.ts'),
  ]);
  const facts = await hostFacts(options.dataDir);
  const native = facts.qemu.find((entry) => entry.arch === (process.arch === 'arm64' ? 'aarch64' : 'x86_64'));
  const accelerator = await acceleratorReport({
    qemu: native,
    assets: options.assets,
    cacheFile: join(options.dataDir, 'host', 'trial.json'),
    override: options.override(),
    again,
  });
  const checks = runChecks({ facts, accelerator, files: realFiles, runAsRoot: process.getuid?.() === 0 });
  return { facts, checks, accelerator };
}
