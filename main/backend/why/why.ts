import type { WhyChain } from '../../contract/why.ts';
import type { Cause } from './cause.ts';
import { noAccelerator } from './causes/accelerator.ts';
import { diskInUse, diskMissing, pvcPending, waitsForBinding } from './causes/claims.ts';
import { brokenSetUp, noSignOfLife } from './causes/guest.ts';
import { badChecksum, imageUnreachable, importDiskFull, importFailed, importing } from './causes/imports.ts';
import { notEnoughCpu, notEnoughMemory } from './causes/memory.ts';
import { missingNetwork } from './causes/networks.ts';
import { nodeCordoned, noNodeFits } from './causes/nodes.ts';
import {
  crashLoop, deleting, moving, paused, pullFailed, restartRequired, shouldRun, starting, stopping, typeMissing, unknown,
} from './causes/ordinary.ts'; // prettier-ignore
import { portTaken } from './causes/ports.ts';
import { endedBadly, programMissing, qemuKilled, qemuMissing } from './causes/process.ts';
import { overQuota } from './causes/quota.ts';
import { missingSecret } from './causes/secrets.ts';
import { scheduleFailed, snapshotInProgress } from './causes/snapshots.ts';
import { diskFull } from './causes/space.ts';
import type { WhySources } from './sources.ts';

/** Causes that prove themselves by an object or a text of their own, the deepest first: a missing secret before "no place". */
export const proven: readonly Cause[] = [
  imageUnreachable, badChecksum, importDiskFull, importFailed,
  missingSecret, missingNetwork, overQuota, noAccelerator, qemuMissing, programMissing, qemuKilled, snapshotInProgress,
  diskMissing, diskInUse, pvcPending, nodeCordoned, notEnoughMemory, notEnoughCpu, typeMissing, pullFailed,
  diskFull, noSignOfLife, brokenSetUp, portTaken,
]; // prettier-ignore
/** What to say where none of those applies: the first one. */
export const ordinary: readonly Cause[] = [
  noNodeFits, importing, waitsForBinding, endedBadly, crashLoop, shouldRun, stopping, moving, starting, paused, unknown,
]; // prettier-ignore

/**
 * Why a machine is not as it was asked to be, and what is worth knowing of one that is: a chain for each cause, the most
 * telling first. Never empty for a machine that is not as asked. Pure.
 */
export function explain(sources: WhySources): WhyChain[] {
  if (deleting.applies(sources)) return [deleting.chain(sources)];
  const found = proven.filter((each) => each.applies(sources));
  // A taken port keeps no machine from running.
  const blocked = found.some((each) => each !== portTaken);
  const usual = blocked ? undefined : ordinary.find((each) => each.applies(sources));
  const all = [...(usual ? [usual] : []), ...found];
  const chains = all.map((each) => each.chain(sources));
  if (restartRequired.applies(sources)) chains.push(restartRequired.chain(sources));
  if (scheduleFailed.applies(sources)) chains.push(scheduleFailed.chain(sources));
  return chains.map((chain) => withUnseen(chain, sources));
}

/** What could not be looked at belongs to the answer: somebody else may see it. */
function withUnseen(chain: WhyChain, { near }: WhySources): WhyChain {
  if (chain.tone === 'wait' || chain.tone === 'note' || !near) return chain;
  const unseen = [...Object.values(near.lists), ...Object.values(near.named)].flatMap((looked) =>
    looked?.state === 'unseen' ? [looked.says] : [],
  );
  if (unseen.length === 0) return chain;
  const says = `Could not be looked at: ${[...new Set(unseen)].join('; ')}. Somebody with more rights sees more.`;
  return { ...chain, steps: [...chain.steps, { object: 'Rights', says }] };
}

const telling = new Set<WhyChain['cause']>(['importing', 'snapshot-in-progress']);

/** The one line of a list: of the first chain that tells of trouble, or of a wait for something. */
export const shortWhy = (chains: readonly WhyChain[]): string | undefined =>
  chains.find(({ tone, cause }) => tone === 'problem' || tone === 'warning' || telling.has(cause))?.short;
