import type { BinView } from '../../contract/bin.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { kinds } from '../target/kinds.ts';
import { KubeError } from '../target/kube-error.ts';
import { redraw } from '../target/redraw.ts';
import type { OpenTarget } from '../target/target.ts';
import { binLabel } from './kept.ts';
import { binEntries } from './view.ts';

/** Secrets of the bin. Only these are asked for: others' passwords are not Hearth's to hold. */
export const binSecrets = (target: Pick<OpenTarget, 'client'>): Promise<KubeObject[]> =>
  target.client.list(kinds.secrets, undefined, binLabel);

/** Milliseconds: a Secret of a machine without disks comes and goes unseen by the watches. */
const againMs = 30_000;

/** The bin, anew whenever a machine or a disk comes, goes or is marked. */
export const watchBin = (target: OpenTarget, signal: AbortSignal): AsyncGenerator<BinView> =>
  redraw(
    target.cache,
    signal,
    ({ use }) => {
      const machines = use(kinds.virtualMachines);
      const claims = use(kinds.persistentVolumeClaims);
      const dataVolumes = use(kinds.dataVolumes);
      const networks = use(kinds.networkAttachmentDefinitions);
      return {
        first: Promise.all([machines.whenSynced(signal), claims.whenSynced(signal)]),
        draw: async () => {
          const { secrets, problem } = await listed(target);
          const entries = binEntries({ secrets, vms: machines.values(), claims: claims.values(), dataVolumes: dataVolumes.values(), networks: networks.values() }); // prettier-ignore
          const held = entries.reduce((sum, entry) => sum + entry.held, 0);
          return { entries, held, ...(problem && { problem }) };
        },
      };
    },
    { paceMs: 250, againMs },
  );

async function listed(target: OpenTarget): Promise<{ secrets: KubeObject[]; problem?: Problem }> {
  try {
    return { secrets: await binSecrets(target) };
  } catch (error) {
    if (error instanceof KubeError) return { secrets: [], problem: asProblem(error) };
    throw error;
  }
}
