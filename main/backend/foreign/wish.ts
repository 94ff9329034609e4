import type { ForeignMachine, ForeignMatch } from '../../contract/foreign.ts';
import type { ImageRow } from '../../contract/image.ts';
import type { CreateMachineInput, PreferenceRow } from '../../contract/machine.ts';
import { freeName } from '../clones/plan.ts';
import { fileOf, imageOf } from './match.ts';
import { baseName, Left } from './parts.ts';

/** What is here already. */
export interface Here {
  images: readonly ImageRow[];
  /** Networks of one's own, as namespace/name. */
  networks: readonly string[];
  preferences: readonly PreferenceRow[];
  /** Names of the machines of the namespace. */
  taken: ReadonlySet<string>;
}
export interface Wish {
  input: CreateMachineInput;
  disks: ForeignMatch[];
  machine: ForeignMachine;
}
const mebi = 2 ** 20;
const gibi = 2 ** 30;
const wholeMebi = (bytes: number): number => Math.max(1, Math.ceil(bytes / mebi)) * mebi;

/** What the form to create a machine is to begin with, so that it becomes the described one as far as it can. Pure. */
export function wishOf(machine: ForeignMachine, here: Here, namespace: string): Wish {
  const left = new Left();
  for (const { what, why } of machine.left) left.add(what, why);
  const storage = storageOf(machine, here, left);
  const preference = preferenceOf(machine, here, left);
  if (machine.chipset === 'i440fx')
    left.add('Chipset i440FX', 'Machines here have a Q35: the guest finds its devices at other places, and Windows sets them up anew once.'); // prettier-ignore
  if (!/^(x86_64|amd64|i[3-6]86)$/.test(machine.arch))
    left.add(`Processor ${machine.arch}`, 'The machine starts only on a computer with such a processor.');
  for (const { slot, file } of machine.cds)
    if (file !== undefined) left.add(`The disc in ${slot} (${baseName(file)})`, 'Put it into a drive on the page of the machine.'); // prettier-ignore
  const input: CreateMachineInput = {
    namespace,
    name: nameOf(machine.name, here.taken),
    ...(machine.description && { description: machine.description }),
    ...storage.input,
    size: { type: 'free', ...topology(machine.cpus, left), memory: Math.max(16 * mebi, wholeMebi(machine.memory)) },
    ...(preference !== undefined && { preference }),
    firmware: machine.firmware === 'bios' ? 'bios' : machine.secureBoot ? 'uefi-secure' : 'uefi',
    tpm: machine.tpm ? 'persistent' : 'none',
    sound: machine.sound,
    network: networkOf(machine, here, left),
    cloudInit: { type: 'none' },
    // The other one may still run, with the same addresses and a disk that goes on changing.
    start: false,
  };
  return { input, disks: storage.matches, machine: { ...machine, left: left.list } };
}

function nameOf(name: string, taken: ReadonlySet<string>): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').slice(0, 63).replaceAll(/^-+|-+$/g, '') || 'machine'; // prettier-ignore
  return taken.has(plain) ? freeName(plain, taken) : plain;
}

/** Within what the form takes; all vCPUs in one socket where there are too many sockets. */
function topology({ sockets, cores, threads }: ForeignMachine['cpus'], left: Left): ForeignMachine['cpus'] {
  if (sockets <= 16 && cores <= 64 && threads <= 8) return { sockets, cores, threads };
  const all = sockets * cores * threads;
  const shape = all <= 64 ? { sockets: 1, cores: all, threads: 1 } : { sockets: Math.min(16, Math.ceil(all / 64)), cores: 64, threads: 1 }; // prettier-ignore
  left.add('Sockets, cores and threads', `${sockets} x ${cores} x ${threads} become ${shape.sockets} x ${shape.cores} x ${shape.threads}.`); // prettier-ignore
  return shape;
}

/** The disk it starts from becomes the root disk, the others follow; what the library does not have is an empty disk. */
function storageOf(machine: ForeignMachine, { images }: Here, left: Left) {
  const ordered = machine.disks.toSorted((one, other) => (one.bootOrder ?? 99) - (other.bootOrder ?? 99));
  if (ordered.length > 17) left.add('Disks after the seventeenth', 'The form takes no more; attach them on the page of the machine.'); // prettier-ignore
  const [root, ...rest] = ordered.slice(0, 17);
  const matches: ForeignMatch[] = [];
  const match = (disk: ForeignMachine['disks'][number]): ImageRow | undefined => {
    const image = imageOf(fileOf(disk), images, 'disk') ?? imageOf(disk.file, images, 'disk');
    matches.push({ slot: disk.slot, ...(disk.file !== undefined && { file: disk.file }), ...(image && { image: { namespace: image.namespace, name: image.name } }) }); // prettier-ignore
    if (!image && disk.size === undefined)
      left.add(`The size of ${disk.slot}`, 'The description does not tell it: 20 GiB stand in while its image is not in the library.'); // prettier-ignore
    return image;
  };
  const image = root && match(root);
  const disc = root ? undefined : machine.cds.map(({ file }) => imageOf(file, images, 'iso')).find(Boolean);
  if (!root) left.add('Disks', 'It has none: an empty one of 20 GiB stands in.');
  const ref = ({ namespace, name }: ImageRow) => ({ namespace, name });
  const source: CreateMachineInput['source'] = image ? { type: 'image', image: ref(image) } : disc ? { type: 'iso', image: ref(disc) } : { type: 'blank' }; // prettier-ignore
  const extraDisks = rest.map((disk, at) => {
    const own = match(disk);
    const size = own?.virtualSize ?? disk.size ?? 20 * gibi;
    return { name: `disk${at + 2}`, size: wholeMebi(size), bus: disk.bus, ...(own && { image: ref(own) }) };
  });
  const size = image ? {} : { size: wholeMebi(root?.size ?? 20 * gibi) };
  return { input: { source, rootDisk: { bus: root?.bus ?? 'virtio', ...size }, extraDisks }, matches };
}

/**
 * The first preference that the target has and the machine is large enough for; KubeVirt counts sockets, and changing those could
 * cost a Windows its licence. With virtio disks the guest has its drivers.
 */
function preferenceOf(
  { os, disks, cpus, memory }: ForeignMachine,
  { preferences }: Here,
  left: Left,
): string | undefined {
  const virtio = disks.some(({ bus }) => bus !== 'sata');
  const wanted = os.preferences.flatMap((name) =>
    os.family === 'windows' && virtio ? [`${name}.virtio`, name] : [name],
  );
  const there = wanted.flatMap((name) => preferences.find((each) => each.name === name) ?? []);
  const found = there.find(({ minCpus = 0, minMemory = 0 }) => minCpus <= cpus.sockets && minMemory <= memory);
  const [first] = there;
  if (first && !found)
    left.add(`KubeVirt's settings for ${os.name}`, `The preference ${first.name} wants ${first.minCpus ?? 1} sockets and ${Math.ceil((first.minMemory ?? 0) / gibi)} GiB at least, and the machine keeps what it had. Choose both in the form to have it.`); // prettier-ignore
  return found?.name;
}

/** The first card goes on the pod network; a machine has only one of these, so the others need networks of one's own. */
function networkOf({ nics }: ForeignMachine, { networks }: Here, left: Left): CreateMachineInput['network'] {
  const [first, ...rest] = nics;
  const mac = (each: { mac?: string }) => (each.mac === undefined ? {} : { mac: each.mac });
  const others = rest.flatMap((nic) => {
    const name = nic.network.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-').replaceAll(/^-+|-+$/g, ''); // prettier-ignore
    const network = networks.find((each) => each.split('/')[1] === name);
    if (network === undefined) left.add(`Network card ${nic.slot} on ${nic.network}`, `There is no network ${name || 'of that name'} here. Make one, or choose another in the form.`); // prettier-ignore
    return network === undefined ? [] : [{ network, model: nic.model, ...mac(nic) }];
  });
  return { podNetwork: first !== undefined, ...(first && { model: first.model, ...mac(first) }), others: others.slice(0, 15) }; // prettier-ignore
}
