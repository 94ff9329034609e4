import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kubeOf } from '../kube.ts';
import type { Kube } from '../kube.ts';

/** A cluster with a great many machines, in a process of its own: its memory and its work are not the backend's. */
export interface Crowd {
  readonly kubeconfig: string;
  readonly kube: Kube;
  /** So many machines change (events come) a second from now on; 0 ends it. */
  updates(rate: number): Promise<void>;
  events(rate: number): Promise<void>;
  /** This one changes now. */
  change(name: string): Promise<void>;
  /** All watches end, and must list anew. */
  expire(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it; ready after about 3 s for 5,000 machines and 20,000 events. */
export async function startCrowd(machines = 5000, events = 20_000): Promise<Crowd> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-crowd-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), folder, `${machines}`, `${events}`], { stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    ended.then(() => Promise.reject(new Error('the crowd ended before it was ready'))),
  ]);
  const kubeconfig = join(folder, 'kubeconfig');
  const kube = kubeOf(kubeconfig);
  const ask = async (path: string): Promise<void> => void (await kube.request('POST', `/crowd/${path}`));
  return {
    kubeconfig,
    kube,
    updates: (rate) => ask(`updates?rate=${rate}`),
    events: (rate) => ask(`events?rate=${rate}`),
    change: (name) => ask(`change?name=${name}`),
    expire: () => ask('expire'),
    async close() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
