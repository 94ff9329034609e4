import { statfs } from 'node:fs/promises';
import type { LabFile } from '../../../contract/labs/file.ts';
import { labNamespace } from '../../../contract/labs/words.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import { spaceOf } from '../../storage/watch.ts';
import { instanceMemory } from '../../target/capacity.ts';
import { KubeError } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';
import { quantity } from '../../target/quantity.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';

/** Bytes that are wanted, and those that are left where that is known. */
export interface Space {
  wanted: number;
  free?: number;
}

/** Bytes of memory of the machines of a lab. Pure. */
export const memoryOf = (lab: LabFile): number =>
  quantity(lab.needs.memory) ?? lab.machines.reduce((sum, { memory }) => sum + (quantity(memory) ?? 0), 0);

/** Memory that starting wants beside what its own machines have already, and what the target has left. */
export async function memorySpace(lab: LabFile, target: OpenTarget): Promise<Space> {
  const { capacity } = target.state.value;
  const own = await listed(target, kinds.virtualMachineInstances, labNamespace(lab.metadata.name));
  const running = own.reduce((sum, vmi) => sum + instanceMemory(vmi), 0);
  const wanted = Math.max(0, memoryOf(lab) - running);
  return { wanted, ...(capacity && { free: Math.max(0, capacity.memory - capacity.memoryInUse) }) };
}

/**
 * Disk space that it may take at most: images that are fetched and disks as large as their guests may fill them, without
 * those that are there. Free is what the target's storage says, else the file system of the data folder where that is the
 * target's.
 */
export async function diskSpace(lab: LabFile, target: OpenTarget, objects: readonly KubeObject[], fetched: number, folder: string): Promise<Space> {
  const there = new Set((await listed(target, kinds.persistentVolumeClaims, labNamespace(lab.metadata.name))).map(({ metadata }) => metadata.name));
  let disks = 0;
  for (const object of objects) {
    const templates = object.kind === 'VirtualMachine' ? pickList(object, 'spec', 'dataVolumeTemplates') : object.kind === 'DataVolume' || object.kind === 'PersistentVolumeClaim' ? [object] : [];
    for (const template of templates) {
      if (there.has(pickText(template, 'metadata', 'name'))) continue;
      const requests = pick(template, 'spec', 'storage', 'resources', 'requests') ?? pick(template, 'spec', 'pvc', 'resources', 'requests') ?? pick(template, 'spec', 'resources', 'requests');
      disks += quantity(pick(requests, 'storage')) ?? 0;
    }
  }
  const free = await freeSpace(target, folder);
  return { wanted: disks + fetched, ...(free !== undefined && { free }) };
} // prettier-ignore

async function freeSpace(target: OpenTarget, folder: string): Promise<number | undefined> {
  const [classes, capacities] = await Promise.all([listed(target, kinds.storageClasses), listed(target, kinds.storageCapacities)]); // prettier-ignore
  const all = spaceOf(classes, capacities).classes;
  const known = (all.find(({ isDefault }) => isDefault) ?? all[0])?.free;
  if (known !== undefined) return known;
  if (!target.state.value.capabilities.some(({ id, supported }) => id === 'localFiles' && supported)) return undefined;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** None where this user may not look, or the target does not serve them. */
async function listed(target: OpenTarget, kind: Kind, namespace?: string): Promise<KubeObject[]> {
  try {
    return await target.client.list(kind, namespace);
  } catch (error) {
    if (error instanceof KubeError && (error.code === 403 || error.code === 404)) return [];
    throw error;
  }
}

const sized = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
/** Both numbers in words; undefined where it fits, or nobody knows. Pure. */
export const tooLittle = ({ wanted, free }: Space, of: string): string | undefined =>
  free === undefined || wanted <= free ? undefined : `The lab needs ${sized(wanted)} of ${of}, and ${sized(free)} are free.`; // prettier-ignore
