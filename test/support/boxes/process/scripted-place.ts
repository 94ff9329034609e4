import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Place } from '../../../../main/backend/provision/place.ts';
import { runProcess } from '../../../../main/backend/process.ts';
import { handoverPath } from '../../../../main/backend/provision/handover.ts';

/** What the machine does; read again before each step, so that a test may change its mind meanwhile. */
export interface ApplianceScript {
  /** Path of the kubeconfig that k3s hands over. */
  kubeconfig: string;
  /** Milliseconds a step of root takes. */
  paceMs: number;
  /** The step of this number waits until this is another one. */
  holdAt?: number;
  /** The step of this number fails with these words. */
  failAt?: { step: number; text: string };
}

/** A machine on which root's steps are only told: nothing outside of its staging folder is touched or read. */
export function scriptedPlace({ script, staging }: { script: string; staging: string }): Place {
  const now = (): ApplianceScript => JSON.parse(readFileSync(script, 'utf8')) as ApplianceScript;
  const uid = process.getuid?.() ?? 0;
  return {
    id: 'local',
    title: 'this computer',
    type: 'local',
    address: '127.0.0.1',
    async run(argv, options) {
      const [program = '', ...paths] = argv;
      const own = paths.every((path) => path.startsWith('-') || path.startsWith(`${staging}/`));
      if (['ln', 'rm', 'touch'].includes(program) && own) return runProcess(argv, options);
      return { code: 127, timedOut: false, stdout: '', stderr: `${program}: not on this machine` };
    },
    elevation: async () => 'root',
    async elevate(argv, { onLine, signal }) {
      const [verb, folder = '', plan = ''] = argv.slice(-3);
      const say = (event: object): void => onLine(JSON.stringify(event));
      if (verb !== 'apply') return { outcome: 'ran', code: 5, stderr: 'only plans are applied here' };
      const steps = readFileSync(join(folder, plan), 'utf8').split('\n').flatMap((line) => (line.startsWith('step\t') ? [line.split('\t')[1] ?? ''] : [])); // prettier-ignore
      say({ event: 'hello', version: 1, purpose: 'install', steps: steps.length });
      for (const [at, id] of steps.entries()) {
        const n = at + 1;
        const stopped = (): boolean => signal.aborted || existsSync(join(folder, 'stop'));
        say({ event: 'step', n, id, state: 'running' });
        await wait(now().paceMs);
        while (now().holdAt === n && !stopped()) await wait(50);
        const { failAt } = now();
        if (stopped() || failAt?.step === n) {
          const why = stopped() ? { code: 'stopped', text: 'Told to stop.' } : { code: 'failed', text: failAt?.text };
          say({ event: 'step', n, id, state: 'failed', detail: why.text });
          say({ event: 'end', ok: false, failed: n, id, ...why });
          return { outcome: 'ran', code: 1, stderr: '' };
        }
        say({ event: 'step', n, id, state: 'done' });
      }
      say({ event: 'end', ok: true });
      return { outcome: 'ran', code: 0, stderr: '' };
    },
    async stage(files, { signal, onProgress }) {
      signal.throwIfAborted();
      mkdirSync(staging, { recursive: true, mode: 0o700 });
      for (const { sha256, content } of files)
        if ('bytes' in content) writeFileSync(join(staging, sha256), content.bytes);
        else copyFileSync(content.path, join(staging, sha256));
      onProgress(1, 1);
      return { folder: staging };
    },
    unstage: async () => rmSync(staging, { recursive: true, force: true }),
    read: async (path) => (path === handoverPath(uid) ? readFileSync(now().kubeconfig) : undefined),
    close: async () => undefined,
  };
}
