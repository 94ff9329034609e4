import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { SetObject } from '../../contract/sets.ts';
import { binDisk } from '../bin/disks.ts';
import { binMachine, timesFrom } from '../bin/keep.ts';
import { binLabel } from '../bin/kept.ts';
import { binNetwork } from '../bin/network.ts';
import { isNotFound, isUnreachable } from '../target/kube-error.ts';
import type { Kind } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import type { Entry } from './inventory.ts';
import { findOwned, isOurs } from './look.ts';

export interface Pruning {
  prune: boolean;
  pruneDisks: boolean;
}
/** How to look at what is in the folder no more; `holder`: which other set applied it, too. */
interface Looking extends Pruning {
  holder: (entry: Entry) => string | undefined;
}
/** Something that the set applied before and the folder has no more. */
export interface Old {
  entry: Entry;
  about: SetObject;
  kind?: Kind;
  object?: KubeObject;
  /** It is another set's from now on. */
  handedOver?: boolean;
}

const disks: ReadonlySet<string> = new Set(['DataVolume', 'PersistentVolumeClaim']);
/** With them everything in them would go, whoever made it. */
const neverRemoved: ReadonlySet<string> = new Set(['Namespace', 'CustomResourceDefinition', 'PersistentVolume']);

/** What becomes of what is in the folder no more; undefined where nothing is left of it. Throws KubeError. */
export async function lookAtOld(target: OpenTarget, entry: Entry, kind: Kind | undefined, how: Looking, signal: AbortSignal): Promise<Old | undefined> {
  const keep = (detail: string): Old => ({ entry, about: { ...entry, word: 'keep', detail } });
  if (!kind) return keep('The target does not serve its kind now.');
  const object = await findOwned(target, kind, entry.namespace, entry.name, signal);
  if (!object || object.metadata.deletionTimestamp !== undefined || object.metadata.labels?.[binLabel] !== undefined) return undefined;
  // Somebody took it away and made another one.
  if (!isOurs(object)) return undefined;
  const holder = how.holder(entry);
  // It is told once: two sets that wait for each other would keep it for ever.
  if (holder !== undefined) return { ...keep(`The set ${holder} holds it. If that one is no more, delete its list, the ConfigMap default/hearth-set-${holder}.`), handedOver: true };
  if (neverRemoved.has(entry.kind)) return keep('It may hold what others made: delete it by hand.');
  if (!how.prune) return keep('The folder has it no more. --prune removes it.');
  if (disks.has(entry.kind) && !how.pruneDisks) return keep('It holds data. --prune-disks moves it to the bin.');
  return { entry, kind, object, about: { ...entry, word: 'remove' } };
} // prettier-ignore

/** Takes it away: into the bin where there is one for its kind. Throws only where the target does not answer. */
export async function removeOld(target: OpenTarget, { entry, kind, object, about }: Old): Promise<SetObject> {
  if (!kind || !object) return about;
  const ref = { namespace: entry.namespace ?? '', name: entry.name };
  try {
    if (entry.kind === 'VirtualMachine') await binMachine(target, ref);
    else if (disks.has(entry.kind)) await binDisk(target, ref, timesFrom(new Date()));
    else if (entry.kind === 'NetworkAttachmentDefinition') await binNetwork(target, ref);
    else await target.client.delete(kind, { ...(entry.namespace !== undefined && { namespace: entry.namespace }), name: entry.name }, object.metadata.uid ? { uid: object.metadata.uid } : {}); // prettier-ignore
    return about;
  } catch (error) {
    if (isNotFound(error)) return about;
    if (!(error instanceof ProblemError) || isUnreachable(error)) throw error;
    return { ...about, word: 'refused', detail: error.problem.detail };
  }
}
