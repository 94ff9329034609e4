import { options } from '../machine/argv/options.ts';
import { cableId } from '../machine/argv/network.ts';
import { volumeOf } from '../machine/qemu/block-devices.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import type { Qmp } from '../machine/qemu/qmp.ts';

/** What a guest sees at one moment, so that another QEMU can be started with the very same devices in the same places. */
export interface GuestShape {
  /** Arguments that shape what the guest sees, devices that came later among them. */
  argv: string[];
  /** Volumes of `disk0`, `disk1`, …: as in the record of the machine. */
  disks: string[];
}

/** Another start could not have the same devices; in words for people. */
export class NotAgain extends Error {
  override readonly name = 'NotAgain';
}

/** Options of QEMU that say where things lie, not what the guest sees. */
const places = new Set([
  '-pidfile',
  '-chardev',
  '-blockdev',
  '-name',
  '-netdev',
  '-incoming',
  '-vnc',
  '-D',
  '-sandbox',
]);

/** Arguments in two heaps: what the guest sees, and where things lie. Pure. */
function sorted(argv: readonly string[]): { guest: string[]; place: string[] } {
  const heaps = { guest: [] as string[], place: [] as string[] };
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '-S') continue;
    if (!places.has(word)) heaps.guest.push(word);
    else heaps.place.push(word, argv[(index += 1)] ?? '');
  }
  return heaps;
}

/** The arguments that shape what the guest sees. Pure. */
export const guestArguments = (argv: readonly string[]): string[] => sorted(argv).guest;

/** A device as it sits in the running machine. */
interface Device {
  id: string;
  driver: string;
  /** What it has to be given to be the same again; without the node of its disk. */
  settings: Record<string, string | number | undefined>;
}
interface PciDevice {
  qdev_id: string;
  slot: number;
  function: number;
  pci_bridge?: { devices?: PciDevice[] };
}

const idOf = (device: string): string | undefined => /,id=([^,]+)/.exec(device)?.[1];

/**
 * The shape of a running machine: its command line without the devices that were taken out since, and with those that came,
 * each in its own slot. Throws QmpError, NotAgain.
 */
export async function shapeOf({ record, qmp }: Machine): Promise<GuestShape> {
  const list = await qmp.execute<{ name: string; type: string }[]>('qom-list', { path: '/machine/peripheral' });
  const present = new Map(list.flatMap(({ name, type }) => [[name, /^child<(.+)>$/.exec(type)?.[1] ?? '']] as const));
  present.delete('type');
  const buses = (await qmp.execute<{ devices: PciDevice[] }[]>('query-pci')).flatMap(({ devices }) => devices);
  const known = new Set(record.argv.flatMap((word) => idOf(word) ?? []));
  const added: Device[] = [];
  for (const [id, driver] of present)
    if (driver !== '' && !known.has(id)) added.push(await settingsOf(qmp, id, driver, buses));
  return { argv: shapedArguments(record.argv, new Set(present.keys()), added, rootSlots(buses)), disks: record.disks };
}

/** `addr=` of what sits on the root bus, by id. Pure. */
const rootSlots = (devices: readonly PciDevice[]): Map<string, string> =>
  new Map(devices.map((device) => [device.qdev_id, addressOf(device)]));
const addressOf = (device: PciDevice): string => `0x${device.slot.toString(16)}.0x${device.function.toString(16)}`;

/** As `shapeOf`, from what was asked. `present`: ids of devices that are there, `slots`: where those of the root bus sit. Pure. */
export function shapedArguments(
  argv: readonly string[],
  present: ReadonlySet<string>,
  added: readonly Device[],
  slots: ReadonlyMap<string, string>,
): string[] {
  const words = guestArguments(argv);
  // On the old PC what is taken out leaves a gap that the ones behind it would move into.
  const pinned = /^pc(,|$)/.test(words[words.indexOf('-machine') + 1] ?? '');
  const out: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const [word = '', value = ''] = words.slice(index, index + 2);
    if (word !== '-device') {
      out.push(word);
      continue;
    }
    index += 1;
    const id = idOf(value);
    if (id !== undefined && !present.has(id)) continue;
    const slot = pinned && id !== undefined && !/,(addr|bus)=/.test(value) ? slots.get(id) : undefined;
    out.push(word, slot === undefined ? value : `${value},addr=${slot}`);
  }
  // What others hang on comes first.
  const order = ({ driver }: Device): number => (driver === 'virtio-scsi-pci' ? 0 : 1);
  for (const { id, driver, settings } of [...added].sort((a, b) => order(a) - order(b)))
    out.push('-device', options(driver, { id, ...settings }));
  return out;
}

async function settingsOf(qmp: Qmp, id: string, driver: string, root: readonly PciDevice[]): Promise<Device> {
  const get = <T>(property: string): Promise<T> =>
    qmp.execute<T>('qom-get', { path: `/machine/peripheral/${id}`, property });
  const numbers = async (...names: string[]): Promise<Record<string, number>> =>
    Object.fromEntries(await Promise.all(names.map(async (name) => [name, await get<number>(name)] as const)));
  const serial = async (): Promise<string | undefined> => (await get<string>('serial')) || undefined;
  const errors = { werror: 'enospc', rerror: 'report' };
  if (driver.endsWith('-cpu')) return { id, driver, settings: await numbers('socket-id', 'core-id', 'thread-id') };
  if (driver === 'scsi-hd')
    return {
      id,
      driver,
      settings: { bus: 'scsi0.0', ...(await numbers('channel', 'scsi-id', 'lun')), serial: await serial(), ...errors },
    };
  const port = root.find(({ pci_bridge: bridge }) => bridge?.devices?.some((device) => device.qdev_id === id));
  const place = root.find(({ qdev_id: there }) => there === id);
  if (!port && !place) throw new NotAgain(`The device ${id} (${driver}) was added to the running machine and cannot be given to another start of it. Restart the machine to keep its memory in a snapshot.`); // prettier-ignore
  const slot = port ? { bus: port.qdev_id } : { addr: place && addressOf(place) };
  if (driver === 'virtio-scsi-pci') return { id, driver, settings: slot };
  if (driver === 'virtio-blk-pci') return { id, driver, settings: { ...slot, serial: await serial(), ...errors } };
  const nic = /^nic-(.+)$/.exec(id)?.[1];
  if (nic === undefined) throw new NotAgain(`The device ${id} (${driver}) cannot be given to another start of the machine. Restart the machine to keep its memory in a snapshot.`); // prettier-ignore
  return { id, driver, settings: { netdev: cableId(nic), ...slot, mac: await get<string>('mac'), romfile: '' } };
}

/** A start that is to be given another shape: its own command line, and which of its disks have something in them. */
export interface ColdStart {
  argv: readonly string[];
  /** In the order of its nodes `d0`, `d1`, …; `bytes` undefined for an empty drive. */
  disks: readonly { volume: string; bytes: number | undefined }[];
}

/** The command line of a start with the shape of another: its files, the other's devices. Pure. */
export function reshaped({ argv, disks }: ColdStart, shape: GuestShape): string[] {
  const guest = shape.argv.map((word, index) => {
    if (shape.argv[index - 1] !== '-device') return word;
    const volume = volumeOf(shape.disks, idOf(word) ?? '');
    if (volume === undefined) return word;
    const at = disks.findIndex((disk) => disk.volume === volume);
    const node = disks[at]?.bytes === undefined ? '' : `,drive=d${at}`;
    return `${word.replace(/,drive=[^,]*/, '')}${node}`;
  });
  return [...sorted(argv).place, ...guest];
}

/** Volumes and network cards of a shape that a start would not have: it could not take them over. Pure. */
export function beyond({ argv, disks }: ColdStart, shape: GuestShape): string[] {
  const cables = new Set(argv.flatMap((word) => /^(?:stream|user),id=([^,]+)/.exec(word)?.[1] ?? []));
  return shape.argv.flatMap((word, index) => {
    if (shape.argv[index - 1] !== '-device') return [];
    const id = idOf(word) ?? '';
    const volume = volumeOf(shape.disks, id);
    // A drive whose disc was taken out stays.
    const drive = /^(ide|scsi)-cd,/.test(word);
    if (volume !== undefined && !drive && !disks.some((disk) => disk.volume === volume)) return [`the disk ${volume}`];
    const nic = /^nic-(.+)$/.exec(id)?.[1];
    const cable = /,netdev=([^,]+)/.exec(word)?.[1];
    return nic !== undefined && cable !== undefined && !cables.has(cable) ? [`the network card ${nic}`] : [];
  });
}
