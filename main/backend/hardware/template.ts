import type { ChangeDisk, Resize } from '../../contract/hardware.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { bytesQuantity, quantity } from '../target/quantity.ts';

type Fields = Record<string, unknown>;

/** A record inside of a draft, made where it is not there. */
function inside(of: Fields, ...path: string[]): Fields {
  let at = of;
  for (const step of path) at = (at[step] ??= {}) as Fields;
  return at;
}
const specOf = (vm: KubeObject): Fields => inside((vm.spec ??= {}), 'template', 'spec');
const devicesOf = (vm: KubeObject): Fields => inside(specOf(vm), 'domain', 'devices');
const disksOf = (vm: KubeObject): Fields[] => pickList(devicesOf(vm), 'disks');
const volumesOf = (vm: KubeObject): Fields[] => pickList(specOf(vm), 'volumes');

export const noSuchDisk = (name: string): ProblemError =>
  new ProblemError({
    code: 'disk-not-found',
    title: 'This disk is not there',
    detail: `The machine has no disk named ${name} (any more).`,
  });

/** Name of the claim or DataVolume of a volume. Pure. */
export const claimIn = (volume: unknown): string | undefined =>
  pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');

export interface DiskPlace {
  disk: Fields;
  volume: Fields | undefined;
  claim: string | undefined;
  kind: 'disk' | 'cdrom' | 'lun';
  hotpluggable: boolean;
}

/** One disk of a machine's template. Throws a Problem where there is none. Pure. */
export function findDisk(vm: KubeObject, name: string): DiskPlace {
  const disk = disksOf(vm).find((each) => each['name'] === name);
  if (!disk) throw noSuchDisk(name);
  const volume = volumesOf(vm).find((each) => each['name'] === name);
  const source = volume && Object.keys(volume).find((each) => each !== 'name');
  return {
    disk,
    volume,
    claim: claimIn(volume),
    kind: (['cdrom', 'lun', 'disk'] as const).find((each) => disk[each] !== undefined) ?? 'disk',
    hotpluggable: source !== undefined && pick(volume, source, 'hotpluggable') === true,
  };
}

/** Puts a new size into a draft. */
export function setSize(vm: KubeObject, wish: Omit<Resize, 'namespace' | 'name'>): void {
  if (wish.instancetype !== undefined) {
    const matcher = inside((vm.spec ??= {}), 'instancetype');
    matcher['name'] = wish.instancetype;
    // The copy of the type that it ran with: the new one has another.
    delete matcher['revisionName'];
    delete matcher['inferFromVolume'];
    return;
  }
  const domain = inside(specOf(vm), 'domain');
  for (const field of ['sockets', 'cores', 'threads'] as const) {
    const value = wish[field];
    if (value === undefined) continue;
    const cpu = inside(domain, 'cpu');
    cpu[field] = value;
    // A limit below what is asked for now would refuse it.
    if (field === 'sockets' && typeof cpu['maxSockets'] === 'number' && cpu['maxSockets'] < value)
      delete cpu['maxSockets'];
  }
  if (wish.memory === undefined) return;
  const memory = inside(domain, 'memory');
  memory['guest'] = bytesQuantity(wish.memory);
  // Room for growth follows the size, where it was not enough.
  if ((quantity(memory['maxGuest']) ?? 0) < wish.memory) delete memory['maxGuest'];
  const requests = pick(domain, 'resources', 'requests');
  if (pick(requests, 'memory') !== undefined) (requests as Fields)['memory'] = bytesQuantity(wish.memory);
}

/** Takes a disk and its volume out of a draft; `keepDrive` leaves the drive of a disc. */
export function dropDisk(vm: KubeObject, name: string, keepDrive = false): void {
  const { claim } = findDisk(vm, name);
  specOf(vm)['volumes'] = volumesOf(vm).filter((each) => each['name'] !== name);
  if (!keepDrive) devicesOf(vm)['disks'] = disksOf(vm).filter((each) => each['name'] !== name);
  const templates = pickList(vm, 'spec', 'dataVolumeTemplates');
  // KubeVirt refuses a template that no volume names.
  const left = templates.filter((each) => pickText(each, 'metadata', 'name') !== claim);
  if (left.length !== templates.length) (vm.spec ??= {})['dataVolumeTemplates'] = left;
}

export function changeDisk(vm: KubeObject, name: string, { bus, cache }: Pick<ChangeDisk, 'bus' | 'cache'>): void {
  const { disk, kind } = findDisk(vm, name);
  if (bus !== undefined) inside(disk, kind)['bus'] = bus;
  if (cache === 'default') delete disk['cache'];
  else if (cache !== undefined) disk['cache'] = cache;
}

/** Puts disks into a new order; those that boot get the places 1, 2, …, network cards that boot come after them. */
export function orderDisks(vm: KubeObject, order: readonly { name: string; boot: boolean }[]): void {
  const present = disksOf(vm);
  const rank = (disk: Fields): number => {
    const at = order.findIndex(({ name }) => name === disk['name']);
    return at < 0 ? order.length : at;
  };
  const sorted = [...present].sort((a, b) => rank(a) - rank(b));
  let place = 0;
  for (const disk of sorted) {
    if (order.find(({ name }) => name === disk['name'])?.boot) disk['bootOrder'] = ++place;
    else delete disk['bootOrder'];
  }
  devicesOf(vm)['disks'] = sorted;
  const cards = pickList(devicesOf(vm), 'interfaces').filter((nic) => typeof nic['bootOrder'] === 'number');
  cards.sort((a, b) => Number(a['bootOrder']) - Number(b['bootOrder']));
  for (const nic of cards) nic['bootOrder'] = ++place;
}

/** An empty drive for discs. */
export function addDrive(vm: KubeObject, name: string): void {
  if (disksOf(vm).some((each) => each['name'] === name))
    throw new ProblemError({
      code: 'disk-exists',
      title: 'There is a disk of this name',
      detail: `The machine has a disk named ${name} already.`,
      fix: 'Choose another name.',
      fields: { disk: 'The machine has a disk of this name already.' },
    });
  devicesOf(vm)['disks'] = [...disksOf(vm), { name, cdrom: { bus: 'sata' } }];
}

/** Another disc, or none, in a drive; what was declared for it before goes. */
export function setDisc(vm: KubeObject, drive: string, dataVolume: string | undefined): void {
  const { kind, volume } = findDisk(vm, drive);
  if (kind !== 'cdrom')
    throw new ProblemError({ code: 'not-a-drive', title: 'This is no drive for discs', detail: `${drive} is a disk.` });
  if (volume) dropDisk(vm, drive, true);
  if (dataVolume !== undefined)
    specOf(vm)['volumes'] = [...volumesOf(vm), { name: drive, dataVolume: { name: dataVolume, hotpluggable: true } }];
}
