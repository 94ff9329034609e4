import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { kinds } from '../target/kinds.ts';
import { listServed } from '../target/served.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { claimsOf } from './disks.ts';
import { binLabel } from './kept.ts';

type Target = Pick<OpenTarget, 'client'>;

/** Names of the disks that an object makes, has or is. Pure. */
export function disksNamedBy(object: KubeObject): string[] {
  if (object.kind === 'DataVolume' || object.kind === 'PersistentVolumeClaim') return [object.metadata.name ?? ''];
  if (object.kind !== 'VirtualMachine') return [];
  const made = pickList(object, 'spec', 'dataVolumeTemplates').map((each) => pickText(each, 'metadata', 'name') ?? '');
  return [...new Set([...made, ...claimsOf(object)])];
}

/**
 * KubeVirt takes a DataVolume or claim that is there already for the one of a template: a new machine would run on the
 * deleted one's disk, and its restore would find that changed. Throws the Problem `disk-in-bin` before that can happen.
 * `present` is the object as it is now, whose own disks are no news.
 */
export async function refuseDisksInBin(
  { client }: Target,
  namespace: string,
  objects: readonly KubeObject[],
  present?: KubeObject,
): Promise<void> {
  const own = new Set(present?.kind === 'VirtualMachine' ? disksNamedBy(present) : []);
  const named = new Set(objects.flatMap(disksNamedBy).filter((name) => name && !own.has(name)));
  if (named.size === 0) return;
  const [claims, volumes] = await Promise.all([
    client.list(kinds.persistentVolumeClaims, namespace, binLabel),
    listServed(client, kinds.dataVolumes, namespace, binLabel),
  ]);
  const found = [...claims, ...volumes].find(({ metadata }) => named.has(metadata.name ?? ''));
  if (!found) return;
  throw new ProblemError({
    code: 'disk-in-bin',
    title: 'A disk of that name is in the bin',
    detail: `${namespace} has a disk ${found.metadata.name} of something that was deleted; a machine that names it would take it over, with all that is on it.`,
    cause: 'What was deleted keeps its disks for some days, so that it can be had back.',
    fix: 'Choose another name, or restore or purge the old one on the storage page (Bin).',
    kind: 'denied',
  });
}
