import type { ForeignDisk, ForeignMachine } from '../../contract/foreign.ts';
import type { Opened } from './file.ts';
import type { DiskFacts } from './header.ts';
import { disk, inBootOrder, Left } from './parts.ts';

const gibi = 2 ** 30;
/** Tools whose guests have no virtio drivers, by the format they write. */
const foreignTools = new Set(['vmdk', 'vhd', 'vhdx', 'vdi']);

export interface LooseDisk {
  file: Opened;
  facts: DiskFacts;
}

/** A machine around disks that nobody describes: what is not told by them is a guess, and named as one. Pure. */
export function machineOf(files: readonly LooseDisk[]): ForeignMachine {
  const left = new Left();
  const isos = files.filter(({ facts }) => facts.format === 'iso');
  const disks = files.filter(({ facts }) => facts.format !== 'iso');
  const first = disks[0] ?? isos[0];
  const boots = disks.map(({ facts }) => facts.boots).find((each) => each !== undefined);
  const foreign = disks.some(({ facts }) => foreignTools.has(facts.format));
  left.add('vCPUs, memory and network card', 'No disk tells them: 2 vCPUs, 2 GiB and one card stand in.');
  if (boots === undefined && disks.length > 0)
    left.add('Firmware', 'The disk does not tell it: BIOS stands in. A system that was installed with UEFI needs UEFI here, too.'); // prettier-ignore
  return {
    kind: 'disks',
    name: (first?.file.name ?? 'machine').replace(/(\.(qcow2|raw|img|vmdk|vhdx?|vdi|iso))?(\.(xz|gz|zst|bz2))?$/i, ''),
    arch: 'x86_64',
    cpus: { sockets: 1, cores: 2, threads: 1 },
    memory: 2 * gibi,
    firmware: boots ?? 'bios',
    secureBoot: false,
    tpm: false,
    sound: 'none',
    disks: inBootOrder(
      disks.map((each, at) => looseDisk(each, at, foreign)),
      () => 0,
    ),
    cds: isos.map(({ file }, at) => ({ slot: `cd${at + 1}`, file: file.name })),
    nics: [{ slot: 'net1', was: 'none', model: foreign ? 'e1000e' : 'virtio', network: '' }],
    os: { family: 'other', name: '', preferences: [] },
    left: left.list,
  };
}

const looseDisk = ({ file, facts }: LooseDisk, at: number, foreign: boolean): ForeignDisk => ({
  ...disk(
    { slot: `disk${at + 1}`, was: facts.format, bus: foreign ? 'sata' : 'virtio' },
    { file: file.path ?? file.name, format: facts.format, size: facts.size, why: facts.why },
  ),
  found: file.path ?? file.name,
});
