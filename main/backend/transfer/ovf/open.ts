import { lstat, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DiskInside } from '../../../contract/inside.ts';
import { lookInside } from '../../triage/look.ts';
import type { Choices, MachineFile } from '../file/machine-file.ts';
import type { Entry, TarRules } from '../file/tar.ts';
import { notTaken, readEnvelope } from './envelope.ts';
import { machineOf } from './hardware.ts';
import { suit } from './suit.ts';

/** Plain names alone: nothing in an appliance may lead out of it. */
const rules: TarRules = {
  names: /^[^\s./\\\p{Cc}][^/\\\p{Cc}]{0,99}$/u,
  wrong: (detail) => notTaken(detail, 'Get the appliance again, from a source you trust.'),
};
export const applianceRules = rules;
const largestDescription = 4 * 2 ** 20;

/** A file of an appliance: inside of its archive, or beside its description. */
interface Part {
  path: string;
  at: number;
  size: number;
}

/** An appliance in one archive (OVA). `entries`: all that it holds, the description first. Throws ProblemError. */
export async function openArchive(
  path: string,
  file: FileHandle,
  entries: readonly Entry[],
  size: number,
  choices: Choices,
): Promise<MachineFile> {
  const described = entries.find(({ name }) => isDescription(name));
  if (!described) throw notTaken('The archive has no OVF description.');
  const parts = new Map(entries.map((entry): [string, Part] => [entry.name, { path, at: entry.at, size: entry.size }]));
  return assemble(await textAt(file, described), parts, described.name, size, choices);
}

/** An appliance as a description with its disks beside it (OVF). Throws ProblemError. */
export async function openFolder(path: string, choices: Choices): Promise<MachineFile> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const text = await textAt(file, { name: basename(path), at: 0, size });
    const parts = new Map<string, Part>();
    const sums = basename(path).replace(/\.ovf$/i, '.mf');
    for (const name of [...readEnvelope(text).files.map(({ href }) => href), sums]) {
      if (!rules.names.test(name)) throw rules.wrong(`Its description names a file that is not beside it (${JSON.stringify(name.slice(0, 120))}).`); // prettier-ignore
      const place = join(dirname(path), name);
      const found = await lstat(place).catch(() => undefined);
      if (found?.isFile()) parts.set(name, { path: place, at: 0, size: found.size });
    }
    return await assemble(text, parts, basename(path), size, choices);
  } finally {
    await file.close();
  }
}

export const isDescription = (name: string): boolean => /\.ovf$/i.test(name);

async function assemble(
  text: string,
  parts: ReadonlyMap<string, Part>,
  described: string,
  size: number,
  choices: Choices,
): Promise<MachineFile> {
  const made = machineOf(readEnvelope(text), choices.networks ?? {});
  const notes = [...made.notes];
  const listed = [...parts].find(([name]) => name.toLowerCase() === described.toLowerCase().replace(/\.ovf$/, '.mf'));
  const sums = listed ? readSums(await textOfPart(listed[1])) : new Map<string, Sum>();
  const disks: MachineFile['disks'] = [];
  for (const { href, capacity, volume, packed } of made.disks) {
    const named = { volume, size: capacity };
    if (href === undefined) {
      disks.push({ ...named, file: '', format: 'blank', at: 0, stored: 0 });
      continue;
    }
    const part = parts.get(href);
    if (!part) throw notTaken(`The disk ${href.slice(0, 120)} is not there.`, 'Get the whole appliance: all files that its description names.'); // prettier-ignore
    const sum = sums.get(href);
    if (!sum) notes.push(`Nobody states a checksum of ${href}: it is taken as it is.`);
    const format = packed ? 'gzip' : await formatOf(part, href);
    disks.push({ ...named, file: href, format, at: part.at, stored: part.size, path: part.path, ...(sum && { sum }) });
  }
  const inside = await insideOf(disks);
  const { machine, hardware, notes: suiting } = suit(made.machine, inside, choices.hardware ?? {});
  return {
    manifest: {
      format: 'hearth-vm',
      version: 1,
      made: new Date(0).toISOString(),
      by: 'OVF',
      machine,
      disks: disks.map(({ volume, file, format, size: bytes }) => ({ volume, file, format, size: bytes })),
      secrets: [],
    },
    appliance: { networks: made.nics.map(({ network, model }) => ({ network, model })), ...(inside && { inside }), hardware },
    size: Math.max(size, disks.reduce((total, { stored }) => total + stored, 0)),
    disks,
    notes: [...notes, ...suiting],
  }; // prettier-ignore
}

/** What is on the disk that it starts from; a packed one is not looked into. */
async function insideOf(disks: MachineFile['disks']): Promise<DiskInside | undefined> {
  const first = disks.find(({ stored }) => stored > 0);
  return first?.path === undefined ? undefined : lookInside({ path: first.path, at: first.at, stored: first.stored });
}

/** By the first bytes: what a description calls it is an address, and not always true. The target inspects all of it again. */
async function formatOf(part: Part, href: string): Promise<'vmdk' | 'qcow2' | 'gzip'> {
  const head = await bytesAt(part, 4);
  if (head.toString('latin1') === 'KDMV') return 'vmdk';
  if (head.toString('latin1') === 'QFI\u00fb') return 'qcow2';
  if (head.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return 'gzip';
  throw notTaken(
    `The disk ${href.slice(0, 120)} is no VMDK or qcow2 file.`,
    'Export it with stream-optimised VMDK disks, as VMware and VirtualBox do by themselves.',
  );
}

type Sum = NonNullable<MachineFile['disks'][number]['sum']>;
/** The lines of an OVF manifest: "SHA256(disk1.vmdk)= 0a1b..." (DSP0243, 5.1); of other digests nothing is believed. Pure. */
export function readSums(text: string): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const line of text.split(/\r?\n/)) {
    const [, kind = '', name = '', hex = ''] = /^(SHA1|SHA256|SHA512)\s*\((.+)\)\s*=\s*([0-9a-f]+)\s*$/i.exec(line) ?? [];
    const algorithm = kind.toLowerCase() as Sum['algorithm'];
    if (hex.length === { sha1: 40, sha256: 64, sha512: 128 }[algorithm]) sums.set(name, { algorithm, hex: hex.toLowerCase() });
  } // prettier-ignore
  return sums;
}

async function textAt(file: FileHandle, { name, at, size }: Entry): Promise<string> {
  if (size > largestDescription) throw notTaken(`${name.slice(0, 100)} is far larger than a real description.`);
  const data = Buffer.alloc(size);
  await file.read(data, 0, size, at);
  return data.toString('utf8');
}
async function bytesAt(part: Part, length: number): Promise<Buffer> {
  const file = await open(part.path, 'r');
  try {
    const data = Buffer.alloc(Math.min(length, part.size));
    await file.read(data, 0, data.length, part.at);
    return data;
  } finally {
    await file.close();
  }
}
const textOfPart = async (part: Part): Promise<string> =>
  (await bytesAt(part, Math.min(part.size, 65_536))).toString('utf8');
