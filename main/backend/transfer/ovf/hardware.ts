import { bytesQuantity } from '../../target/quantity.ts';
import type { Manifest } from '../file/manifest.ts';
import { notTaken, unitBytes } from './envelope.ts';
import type { Envelope, Item } from './envelope.ts';

/** A disk of an appliance, in the order in which its machine had them. */
export interface OvfDisk {
  volume: string;
  /** Name of its file; absent: an empty disk. */
  href?: string;
  packed: boolean;
  /** Bytes. */
  capacity: number;
  bus: 'sata' | 'scsi' | 'virtio';
}
/** A card of an appliance, by the network that it was on there. */
export interface OvfNic {
  network: string;
  model: 'virtio' | 'e1000' | 'e1000e';
  mac?: string;
}
export interface OvfMachine {
  disks: OvfDisk[];
  nics: OvfNic[];
  machine: Manifest['machine'];
  notes: string[];
}

const controllers: Record<number, string> = { 5: 'IDE', 6: 'SCSI', 20: 'SATA' };
const mostDisks = 32;

/**
 * A machine of our kind made of an envelope, without a preference: it states all of its hardware itself.
 * `networks`: where each of its networks leads here. Throws ProblemError. Pure.
 */
export function machineOf(envelope: Envelope, networks: Readonly<Record<string, string>>): OvfMachine {
  const { machine } = envelope;
  const notes: string[] = [];
  const of = (type: number): Item[] => machine.items.filter((item) => item.type === type);
  const disks = disksOf(envelope, notes);
  if (disks.length === 0) throw notTaken('It has no disk.');
  const nics = of(10).map((item) => nicOf(item, notes));
  const cores = of(3)[0]?.quantity ?? Number.NaN;
  const [memory] = of(4);
  const bytes = memory ? memory.quantity * unitBytes(memory.units || 'byte * 2^20') : Number.NaN;
  if (!(bytes >= 2 ** 20 && bytes <= 2 ** 44)) notes.push('It states no memory that is possible: 2 GiB are given.');
  if (!(cores >= 1 && cores <= 512)) notes.push('It states no number of processors: one is given.');
  const cards = placed(nics, networks, notes);
  const name = machine.name.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 50).replace(/-+$/, '') || 'machine'; // prettier-ignore
  const description = (machine.description ?? '').trim();
  return {
    disks,
    nics,
    notes,
    machine: {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name, ...(description && { annotations: { 'hearth.dev/description': description } }) },
      spec: {
        runStrategy: 'RerunOnFailure',
        template: {
          spec: {
            domain: {
              cpu: { sockets: 1, cores: cores >= 1 && cores <= 512 ? Math.floor(cores) : 1, threads: 1 },
              memory: { guest: bytesQuantity(bytes >= 2 ** 20 && bytes <= 2 ** 44 ? bytes : 2 ** 31) },
              firmware: {
                bootloader: machine.efi ? { efi: { secureBoot: machine.secureBoot } } : { bios: {} },
              },
              ...(machine.efi && machine.secureBoot && { features: { smm: { enabled: true } } }),
              devices: {
                disks: disks.map(({ volume, bus }, at) => ({
                  name: volume,
                  disk: { bus },
                  ...(at === 0 && { bootOrder: 1 }),
                })),
                interfaces: cards.map(({ name: card, nic }) => ({
                  name: card,
                  model: nic.model,
                  ...(nic.mac && { macAddress: nic.mac }),
                  ...(card === 'default' ? { masquerade: {} } : { bridge: {} }),
                })),
                ...(cards.length === 0 && { autoattachPodInterface: false }),
                ...(machine.tpm && { tpm: { persistent: true } }),
              },
            },
            networks: cards.map(({ name: card, to }) =>
              to === 'pod' ? { name: card, pod: {} } : { name: card, multus: { networkName: to } },
            ),
            volumes: disks.map(({ volume }) => ({ name: volume, dataVolume: { name: volume } })),
          },
        },
      },
    },
  };
}

function disksOf({ disks, files, machine }: Envelope, notes: string[]): OvfDisk[] {
  const parents = new Map(machine.items.map((item) => [item.id, item]));
  const rank = (item: Item): number => [5, 20, 6].indexOf(parents.get(item.parent ?? '')?.type ?? 6);
  const items = machine.items.filter(({ type, host }) => type === 17 && /disk\//.test(host));
  // As a firmware looks for them: by kind of controller, by controller, by place on it.
  const order = (a: Item, b: Item): number =>
    rank(a) - rank(b) || Number(a.parent) - Number(b.parent) || Number(a.place) - Number(b.place);
  const found = items.sort(order).map((item) => ({ item, id: item.host.split('/').at(-1) ?? '' }));
  const used = new Set(found.map(({ id }) => id));
  if (used.size < found.length) throw notTaken('Two of its disks are the same.');
  for (const { id } of disks) if (!used.has(id) && disks.length > 0 && found.length > 0) notes.push(`The disk ${id.slice(0, 60)} is not connected to the machine there: it is left out.`); // prettier-ignore
  // A description without hardware for its disks: all of them, as they stand.
  const wanted = found.length > 0 ? found : disks.map(({ id }) => ({ item: undefined, id }));
  if (wanted.length > mostDisks) throw notTaken(`It has ${wanted.length} disks, more than ${mostDisks}.`);
  return wanted.map(({ item, id }, at): OvfDisk => {
    const disk = disks.find((each) => each.id === id);
    if (!disk) throw notTaken(`Its hardware names a disk (${id.slice(0, 60)}) that it does not have.`);
    if (disk.delta) throw notTaken(`The disk ${id.slice(0, 60)} holds only the changes to another one.`, 'Remove the snapshots of the machine where it was, and export it again.'); // prettier-ignore
    const file = disk.file === undefined ? undefined : files.find((each) => each.id === disk.file);
    if (disk.file !== undefined && !file) throw notTaken(`The file of the disk ${id.slice(0, 60)} is not listed in its description.`); // prettier-ignore
    if (!(disk.capacity > 0 && disk.capacity <= 2 ** 46)) throw notTaken(`The disk ${id.slice(0, 60)} states no size that is possible.`); // prettier-ignore
    const volume = at === 0 ? 'root' : `disk-${at + 1}`;
    return {
      volume,
      packed: file?.packed ?? false,
      capacity: disk.capacity,
      bus: busOf(parents.get(item?.parent ?? ''), volume, notes),
      ...(file && { href: file.href }),
    };
  });
}

/** VirtIO stays; everything else becomes SATA, for which every system has a driver at its first start here. */
function busOf(controller: Item | undefined, volume: string, notes: string[]): OvfDisk['bus'] {
  const told = controller?.subType ?? '';
  if (/virtio-?scsi/i.test(told)) return 'scsi';
  if (/virtio/i.test(told) && !/virtualscsi/i.test(told)) return 'virtio';
  const was = controller && `${controllers[controller.type] ?? 'another bus'}${told ? ` (${told})` : ''}`;
  if (was && controller.type !== 20)
    notes.push(`${volume} was on ${was}: it is on SATA here, which every system knows.`);
  return 'sata';
}

function nicOf({ subType, connection, address }: Item, notes: string[]): OvfNic {
  const model = /virtio/i.test(subType) ? 'virtio' : /e1000e/i.test(subType) ? 'e1000e' : 'e1000';
  const network = connection || 'network';
  if (model === 'e1000' && !/e1000/i.test(subType) && subType !== '')
    notes.push(`The card on ${network} was a ${subType}: it is an Intel e1000 here, which nearly every system knows.`);
  const mac = address.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
  return { network, model, ...(mac.length === 12 && { mac: mac.replaceAll(/(..)(?=.)/g, '$1:') }) };
}

/** Cards with where they lead: chosen, or the first one to the machine's own network. A machine has one card on that. */
function placed(
  nics: readonly OvfNic[],
  networks: Readonly<Record<string, string>>,
  notes: string[],
): { name: string; nic: OvfNic; to: string }[] {
  let pod = false;
  return nics.flatMap((nic, at) => {
    const to = networks[nic.network] ?? (pod || at > 0 ? 'none' : 'pod');
    if (to === 'none' || (to === 'pod' && pod)) {
      notes.push(
        to === 'none'
          ? `The card on ${nic.network} is left out: choose where it leads, or add one later.`
          : `The card on ${nic.network} is left out: one card leads to the machine's own network already.`,
      );
      return [];
    }
    if (to === 'pod') pod = true;
    return [{ name: to === 'pod' ? 'default' : `nic-${at + 1}`, nic, to }];
  });
}
