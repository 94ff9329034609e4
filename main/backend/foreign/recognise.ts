import type { ForeignMachine } from '../../contract/foreign.ts';
import { descriptionLimit } from '../../contract/foreign.ts';
import { ProblemError } from '../../contract/problem.ts';
import { withFiles } from './beside.ts';
import type { Opened } from './file.ts';
import { readDisk } from './header.ts';
import type { DiskFacts } from './header.ts';
import { readLibvirt } from './libvirt.ts';
import { machineOf } from './loose.ts';
import type { LooseDisk } from './loose.ts';
import { formatOf } from './parts.ts';
import { notDescribed } from './problems.ts';
import { looksLikeProxmox, readProxmox } from './proxmox.ts';
import { decode } from './text.ts';
import { looksLikeVmx, readVmx } from './vmx.ts';

/** The machine that files describe: one description with or without its disks, or disks alone. Throws ProblemError. */
export async function readMachine(files: readonly Opened[]): Promise<ForeignMachine> {
  const disks: LooseDisk[] = [];
  const descriptions: Opened[] = [];
  for (const file of files) {
    refuseOthers(file);
    const facts = (await readDisk(file)) ?? bareDisk(file);
    if (facts) disks.push({ file, facts });
    else descriptions.push(file);
  }
  const [description, second] = descriptions;
  if (second)
    throw new ProblemError({ code: 'foreign-two', title: 'These are two machines', detail: `${description?.name} and ${second.name} both seem to describe one.`, fix: 'Give one description, with its disks or without.' }); // prettier-ignore
  return description ? withFiles(describe(description), description, disks) : machineOf(disks);
}

/** One description, told apart by what stands in it: names and endings are chance. Throws ProblemError. Pure. */
export function describe({ name, head, size }: Pick<Opened, 'name' | 'head' | 'size'>): ForeignMachine {
  if (size > descriptionLimit)
    throw notDescribed(name, `it is no disk image that Hearth knows, and with ${Math.ceil(size / 1024)} KiB too large for a description.`); // prettier-ignore
  const text = decode(head);
  if (/^\s*</.test(text)) {
    refuseXml(text, name);
    return readLibvirt(text, name);
  }
  if (looksLikeVmx(text) || /\.vmx$/i.test(name)) return readVmx(text, name);
  if (looksLikeProxmox(text)) return readProxmox(text, name);
  throw notDescribed(name, 'nothing in it says which program wrote it.');
}

/** A raw disk without a partition table has no mark at all: there its ending is believed. So it is of packed disks. */
function bareDisk({ name, size, head }: Opened): DiskFacts | undefined {
  const [, inner = name, packed] = /^(.*?)(\.(?:xz|gz|zst|bz2))?$/i.exec(name) ?? [];
  const format = formatOf(inner);
  if (packed !== undefined && format !== undefined) return { format: format as DiskFacts['format'] };
  return format === 'raw' && (size > descriptionLimit || head.includes(0)) ? { format: 'raw', size } : undefined;
}

/** Files for which there is another way. */
const others: readonly (readonly [name: RegExp, detail: string, fix: string])[] = [
  [/\.hearth-vm$/i, 'it is a machine file of Hearth.', 'Import it as it is: page Machines, Import, or hearth import FILE.'],
  [/\.(ova|ovf)$/i, 'it is an appliance (OVF).', 'Add the .ova on the page Images.'],
  [/\.vma(\.(zst|gz|lzo))?$/i, 'it is a backup of Proxmox.', 'On the Proxmox host: qmrestore, or vma extract; then give the .conf and the disks in it.'],
  [/\.(vmcx|vmrs)$/i, 'Hyper-V keeps its settings in a form of its own.', 'Give the .vhdx of the machine; set vCPUs and memory in the form.'],
  [/\.vmtx$/i, 'it is a template of VMware.', 'Make a machine of it there, or rename a copy to .vmx.'],
  [/\.vmsd$|\.vmxf$|\.nvram$|\.vmss$|\.vmsn$|\.vmem$/i, 'it belongs to a VMware machine, and does not describe it.', 'Give the .vmx beside it.'],
]; // prettier-ignore
function refuseOthers({ name }: Opened): void {
  const found = others.find(([pattern]) => pattern.test(name));
  if (found) throw notDescribed(name, found[1], found[2]);
}
function refuseXml(text: string, name: string): void {
  const root = /<(?:\w+:)?([A-Za-z]\w*)[\s>/]/.exec(text.replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, ''))?.[1];
  if (root === 'Envelope') throw notDescribed(name, 'it is an appliance (OVF).', 'Add its .ova on the page Images; from a folder, give its disks here.'); // prettier-ignore
  if (root === 'VirtualBox') throw notDescribed(name, 'it is a machine of VirtualBox.', 'In VirtualBox: File, Export Appliance. Add the .ova on the page Images.'); // prettier-ignore
}
