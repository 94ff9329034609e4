import { SaxesParser } from 'saxes';
import { ProblemError } from '../../../contract/problem.ts';

/** What an OVF envelope says of its one machine (DMTF DSP0243, versions 1 and 2). */
export interface Envelope {
  files: { id: string; href: string; packed: boolean; size?: number }[];
  disks: { id: string; file?: string; capacity: number; delta: boolean }[];
  networks: string[];
  machine: {
    name: string;
    description?: string;
    efi: boolean;
    secureBoot: boolean;
    tpm: boolean;
    items: Item[];
  };
}
/** A row of the virtual hardware: CIM_ResourceAllocationSettingData. */
export interface Item {
  /** DMTF's ResourceType: 3 processors, 4 memory, 5 IDE, 6 SCSI, 10 network card, 17 disk, 20 other storage (SATA). */
  type: number;
  id: string;
  subType: string;
  quantity: number;
  units: string;
  parent?: string;
  /** Place on its parent, or, of a card, its MAC address. */
  place: string;
  address: string;
  connection: string;
  host: string;
}

export const notTaken = (detail: string, fix = 'Export the appliance again, as OVF 1.0 or 2.0 with whole disks.'): ProblemError =>
  new ProblemError({ code: 'appliance-not-taken', title: 'This appliance cannot be taken over', detail, fix }); // prettier-ignore

interface Node {
  name: string;
  /** By local names: who wrote the file chooses the prefixes. */
  is: Record<string, string>;
  text: string;
  inner: Node[];
}
const deepest = 40;
const mostNodes = 20_000;

/** The elements of an XML text, by local names. Entities of its own are not known, so nothing can grow or name a file. */
function tree(text: string): Node {
  const root: Node = { name: '', is: {}, text: '', inner: [] };
  const path = [root];
  let count = 0;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('doctype', () => {
    throw notTaken('Its description has a document type, which no real one has.');
  });
  parser.on('opentag', (tag) => {
    if ((count += 1) > mostNodes || path.length > deepest) throw notTaken('Its description has far more in it than a real one.'); // prettier-ignore
    const is = Object.fromEntries(Object.values(tag.attributes).map(({ local, value }) => [local, value]));
    const node: Node = { name: tag.local, is, text: '', inner: [] };
    path.at(-1)?.inner.push(node);
    path.push(node);
  });
  parser.on('text', (part) => {
    const open = path.at(-1);
    if (open) open.text += part;
  });
  parser.on('closetag', () => void path.pop());
  parser.on('error', (error) => {
    throw notTaken(`Its description is no XML: ${error.message}`);
  });
  parser.write(text).close();
  const [envelope] = root.inner;
  if (envelope?.name !== 'Envelope') throw notTaken('Its description is no OVF envelope.');
  return envelope;
}

const all = (node: Node | undefined, name: string): Node[] => node?.inner.filter((each) => each.name === name) ?? [];
const one = (node: Node | undefined, name: string): Node | undefined => all(node, name)[0];
const textOf = (node: Node | undefined, name: string): string => one(node, name)?.text.trim() ?? '';

/** Bytes of "byte * 2^30", "GigaBytes" (as VMware's old exports say), "MB". Throws for what is none. Pure. */
export function unitBytes(units: string): number {
  const power = /^byte(?:s)?(?:\s*\*\s*2\s*\^\s*(\d{1,2}))?$/i.exec(units.trim());
  if (power) return 2 ** Number(power[1] ?? 0);
  const named = /^(kilo|mega|giga|tera|[kmgt])?i?b(?:ytes?)?$/i.exec(units.trim());
  if (!named) throw notTaken(`It gives a size in units that are not known (${units.slice(0, 40)}).`);
  return 2 ** (['', 'k', 'm', 'g', 't'].indexOf((named[1]?.[0] ?? '').toLowerCase()) * 10);
}

/** Reads an OVF description and believes none of it. Throws ProblemError. Pure. */
export function readEnvelope(text: string): Envelope {
  const envelope = tree(text);
  const machines = machinesOf(envelope);
  const [machine] = machines;
  if (!machine) throw notTaken('Its description has no machine.');
  if (machines.length > 1)
    throw notTaken(
      `It holds ${machines.length} machines (${machines.map((each) => each.is['id'] ?? '?').join(', ').slice(0, 200)}), and one is taken at a time.`,
      'Export each machine by itself.',
    ); // prettier-ignore
  const hardware = one(machine, 'VirtualHardwareSection');
  if (!hardware) throw notTaken('Its machine has no hardware.');
  const config = (key: string): string | undefined =>
    all(hardware, 'Config').find(({ is }) => is['key'] === key)?.is['value'];
  const files = all(one(envelope, 'References'), 'File');
  const cut = files.find(({ is }) => is['chunkSize'] !== undefined);
  if (cut) throw notTaken(`${(cut.is['href'] ?? '').slice(0, 80)} is cut into several files.`);
  // VirtualBox keeps what OVF has no words for in a section of its own.
  const own = one(one(machine, 'Machine'), 'Hardware');
  const description = textOf(one(machine, 'AnnotationSection'), 'Annotation');
  return {
    files: files.map(({ is }) => ({
      id: is['id'] ?? '',
      href: is['href'] ?? '',
      packed: /gzip/i.test(is['compression'] ?? ''),
      ...(is['size'] !== undefined && { size: Number(is['size']) }),
    })),
    disks: all(one(envelope, 'DiskSection'), 'Disk').map(({ is }) => ({
      id: is['diskId'] ?? '',
      ...(is['fileRef'] !== undefined && { file: is['fileRef'] }),
      capacity: Math.ceil(Number(is['capacity'] ?? Number.NaN) * unitBytes(is['capacityAllocationUnits'] ?? 'byte')),
      delta: is['parentRef'] !== undefined,
    })),
    networks: all(one(envelope, 'NetworkSection'), 'Network').map(({ is }) => is['name'] ?? ''),
    machine: {
      name: textOf(machine, 'Name') || machine.is['id'] || 'machine',
      ...(description && { description: description.slice(0, 2000) }),
      efi: config('firmware') === 'efi' || /^EFI/i.test(one(own, 'Firmware')?.is['type'] ?? ''),
      secureBoot: config('bootOptions.efiSecureBootEnabled') === 'true',
      tpm: all(hardware, 'Item').some((each) => /vtpm/i.test(textOf(each, 'ResourceSubType'))) || (one(own, 'TrustedPlatformModule')?.is['type'] ?? 'None') !== 'None',
      items: ['Item', 'StorageItem', 'EthernetPortItem'].flatMap((name) => all(hardware, name)).map(itemOf),
    },
  }; // prettier-ignore
}

function machinesOf(node: Node): Node[] {
  return [...all(node, 'VirtualSystem'), ...all(node, 'VirtualSystemCollection').flatMap(machinesOf)];
}

function itemOf(node: Node): Item {
  const parent = textOf(node, 'Parent');
  return {
    type: Number(textOf(node, 'ResourceType')),
    id: textOf(node, 'InstanceID'),
    subType: textOf(node, 'ResourceSubType'),
    quantity: Number(textOf(node, 'VirtualQuantity') || Number.NaN),
    units: textOf(node, 'AllocationUnits'),
    ...(parent && { parent }),
    place: textOf(node, 'AddressOnParent'),
    address: textOf(node, 'Address'),
    connection: textOf(node, 'Connection'),
    host: textOf(node, 'HostResource'),
  };
}
