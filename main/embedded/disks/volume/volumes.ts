import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlockNode } from '../../kube/block.ts';
import { VolumeNotReady } from '../../kube/block.ts';
import type { Stored } from '../../kube/object.ts';
import { sectors } from '../claims/controller.ts';
import { exists, sizeOf, writeAtomic } from '../files.ts';
import { bytesOf } from '../../kube/quantity.ts';
import type { Storage } from '../storage.ts';
import { claimOf, volumesOf } from '../usage.ts';
import type { CloudInitSource, SeedDisc } from './cloud-init.ts';
import { configDrive, noCloud } from './cloud-init.ts';
import { fileDisc } from './discs.ts';
import type { FileSource } from './discs.ts';
import { writeIso } from './iso9660.ts';
import { openClaim, plainly } from './open.ts';

interface Volume extends FileSource {
  name?: string;
  cloudInitNoCloud?: CloudInitSource;
  cloudInitConfigDrive?: CloudInitSource;
  emptyDisk?: { capacity?: unknown };
  ephemeral?: { persistentVolumeClaim?: { claimName?: string } };
  persistentVolumeClaim?: { claimName?: string; readOnly?: boolean };
  containerDisk?: object;
}

/** Opens a volume of an instance, whatever its kind. */
export async function openVolume(storage: Storage, vmi: Stored, name: string): Promise<BlockNode> {
  const volume = (volumesOf(vmi) as Volume[]).find((candidate) => candidate.name === name);
  if (!volume) throw refuse('VolumeMissing', `The machine has no volume named ${name}.`);
  const folder = storage.layout.machine(vmi.metadata.uid);
  const { store } = storage.context;
  if (volume.ephemeral) return openEphemeral(storage, vmi, volume, folder);
  const claim = claimOf(volume);
  if (claim !== undefined)
    return openClaim(storage, vmi, claim, volume.persistentVolumeClaim?.readOnly === true || readOnlyDisk(vmi, name));
  if (volume.emptyDisk) return openEmpty(storage, volume, folder);
  const disc = volume.cloudInitNoCloud
    ? noCloud(store, vmi, volume.cloudInitNoCloud)
    : volume.cloudInitConfigDrive
      ? configDrive(store, vmi, volume.cloudInitConfigDrive)
      : fileDisc(store, vmi, volume);
  if (disc) return openDisc(disc, volume, folder);
  if (volume.containerDisk)
    throw refuse(
      'ContainerDiskNotSupported',
      `Volume ${name} is a containerDisk: the quick lab has no container registry client. Import the disk image itself as a DataVolume.`,
    );
  const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'nothing';
  throw refuse('NotSupported', `Volume ${name} is of the kind ${kind}, which the quick lab does not serve.`);
}

/** Removes what was made for one instance only. */
export async function removeVolumes(storage: Storage, vmiUid: string): Promise<void> {
  await rm(join(storage.layout.machine(vmiUid), 'volumes'), { recursive: true, force: true });
}

/** A disc is written once for an instance: what a running machine reads never changes under it. */
async function openDisc(disc: SeedDisc, volume: Volume, folder: string): Promise<BlockNode> {
  const path = await fileFor(folder, volume, 'iso');
  if (!(await exists(path))) await plainly(() => writeAtomic(path, writeIso(disc.label, disc.files)));
  return { format: 'raw', path, readOnly: true, virtualSize: (await sizeOf(path))?.size ?? 0 };
}

async function openEmpty(storage: Storage, volume: Volume, folder: string): Promise<BlockNode> {
  const size = sectors(bytesOf(volume.emptyDisk?.capacity) ?? 0);
  if (size <= 0)
    throw refuse(
      'CapacityMissing',
      `The empty disk ${volume.name} does not say how big it is: set emptyDisk.capacity, e.g. 2Gi.`,
    );
  const path = await fileFor(folder, volume, 'qcow2');
  if (!(await exists(path))) await create(storage, path, size);
  return { format: 'qcow2', path, readOnly: false, virtualSize: size };
}

/** Writes go to an overlay that is thrown away with the instance; the claim itself is only read. */
async function openEphemeral(storage: Storage, vmi: Stored, volume: Volume, folder: string): Promise<BlockNode> {
  const claim = volume.ephemeral?.persistentVolumeClaim?.claimName ?? '';
  const backing = await openClaim(storage, vmi, claim, true);
  const path = await fileFor(folder, volume, 'qcow2');
  if (!(await exists(path)))
    await create(storage, path, backing.virtualSize, { name: backing.path, format: backing.format });
  return { format: 'qcow2', path, readOnly: false, virtualSize: backing.virtualSize, backing };
}

async function create(
  storage: Storage,
  path: string,
  size: number,
  backing?: { name: string; format: 'qcow2' | 'raw' },
): Promise<void> {
  await storage.qemuImg.create(path, size, backing);
  await chmod(path, 0o600);
}

async function fileFor(folder: string, volume: Volume, suffix: string): Promise<string> {
  const volumes = join(folder, 'volumes');
  await mkdir(volumes, { recursive: true, mode: 0o700 });
  return join(volumes, `${encodeURIComponent(volume.name ?? '')}.${suffix}`);
}

const refuse = (reason: string, message: string): VolumeNotReady =>
  new VolumeNotReady('ErrorUnschedulable', reason, message);

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
