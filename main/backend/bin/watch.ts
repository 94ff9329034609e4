import type { BinView } from '../../contract/bin.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { kinds } from '../target/kinds.ts';
import { KubeError } from '../target/kube-error.ts';
import { pause } from '../target/live-list.ts';
import type { OpenTarget } from '../target/target.ts';
import { binLabel } from './kept.ts';
import { binEntries } from './view.ts';

const paceMs = 250;

/** Secrets of the bin. Only these are asked for: others' passwords are not Hearth's to hold. */
export const binSecrets = (target: Pick<OpenTarget, 'client'>): Promise<KubeObject[]> =>
  target.client.list(kinds.secrets, undefined, binLabel);

/** The bin, anew whenever a machine or a disk comes, goes or is marked. */
export async function* watchBin(target: OpenTarget, signal: AbortSignal): AsyncGenerator<BinView> {
  let dirty = true;
  let wake: (() => void) | undefined;
  const touch = (): void => {
    dirty = true;
    wake?.();
  };
  const near = { changed: touch, state: touch };
  const machines = target.cache.use(kinds.virtualMachines, undefined, near);
  const claims = target.cache.use(kinds.persistentVolumeClaims, undefined, near);
  const dataVolumes = target.cache.use(kinds.dataVolumes, undefined, near);
  signal.addEventListener('abort', touch);
  let last = '';
  try {
    await Promise.all([machines.whenSynced(signal), claims.whenSynced(signal)]);
    while (!signal.aborted) {
      if (!dirty) {
        // A Secret of a machine without disks comes and goes unseen by these watches.
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), pause(30_000, signal)]);
        await pause(paceMs, signal);
        if (signal.aborted) return;
      }
      dirty = false;
      const { secrets, problem } = await listed(target);
      const entries = binEntries({ secrets, vms: machines.values(), claims: claims.values(), dataVolumes: dataVolumes.values() }); // prettier-ignore
      const held = entries.reduce((sum, entry) => sum + entry.held, 0);
      const view: BinView = { entries, held, ...(problem && { problem }) };
      const text = JSON.stringify(view);
      if (text === last) continue;
      last = text;
      yield view;
    }
  } finally {
    signal.removeEventListener('abort', touch);
    for (const each of [machines, claims, dataVolumes]) each.release();
  }
}

async function listed(target: OpenTarget): Promise<{ secrets: KubeObject[]; problem?: Problem }> {
  try {
    return { secrets: await binSecrets(target) };
  } catch (error) {
    if (error instanceof KubeError) return { secrets: [], problem: asProblem(error) };
    throw error;
  }
}
