import type { BlockNode } from '../../kube/block.ts';
import { VolumeNotReady } from '../../kube/block.ts';
import type { Stored } from '../../kube/object.ts';
import type { Storage } from '../storage.ts';
import { claimOf, volumesOf } from '../usage.ts';
import { openClaim } from './open.ts';

/** Opens a volume of an instance, whatever its kind. */
export async function openVolume(storage: Storage, vmi: Stored, name: string): Promise<BlockNode> {
  const volume = volumesOf(vmi).find((candidate) => candidate.name === name);
  if (!volume)
    throw new VolumeNotReady('ErrorUnschedulable', 'VolumeMissing', `The machine has no volume named ${name}.`);
  const claim = claimOf(volume);
  if (claim !== undefined) return openClaim(storage, vmi, claim, readOnlyDisk(vmi, name));
  throw new VolumeNotReady(
    'ErrorUnschedulable',
    'NotSupported',
    `Volume ${name} is of a kind that is not served here.`,
  );
}

interface Disk {
  name?: string;
  cdrom?: { readonly?: boolean };
  disk?: { readonly?: boolean };
  lun?: { readonly?: boolean };
}

/** CD-ROMs are read-only unless they say otherwise, disks the other way round. */
export function readOnlyDisk(vmi: Stored, name: string): boolean {
  const domain = vmi.spec?.['domain'] as { devices?: { disks?: Disk[] } } | undefined;
  const disk = domain?.devices?.disks?.find((candidate) => candidate.name === name);
  if (disk?.cdrom) return disk.cdrom.readonly ?? true;
  return disk?.disk?.readonly ?? disk?.lun?.readonly ?? false;
}
