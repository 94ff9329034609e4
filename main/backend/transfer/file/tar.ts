import type { FileHandle } from 'node:fs/promises';
import { ProblemError } from '../../../contract/problem.ts';

/** One file in the archive; `at`: where its data begins. */
export interface Entry {
  name: string;
  at: number;
  size: number;
}
const block = 512;
/** More than any machine file of ours has. */
const mostEntries = 64;

export const padded = (size: number): number => Math.ceil(size / block) * block;

export const damaged = (detail: string): ProblemError =>
  new ProblemError({
    code: 'machine-file-damaged',
    title: 'This is no whole machine file',
    detail,
    cause: 'The file was cut off, changed, or made by something else.',
    fix: 'Get the file again, or export the machine anew.',
  });

/** A ustar header of a plain file. Sizes from 8 GiB on are written in base 256, as GNU tar and bsdtar do. Pure. */
export function tarHeader(name: string, size: number, mtime: Date): Buffer {
  const head = Buffer.alloc(block);
  head.write(name, 0, 100, 'ascii');
  head.write('0000600\0', 100);
  head.write('0000000\0', 108);
  head.write('0000000\0', 116);
  if (size < 8 ** 11) head.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    head[124] = 0x80;
    head.writeBigUInt64BE(BigInt(size), 128);
  }
  head.write(`${Math.floor(mtime.getTime() / 1000).toString(8).padStart(11, '0')}\0`, 136); // prettier-ignore
  head.write('        0', 148);
  head.write('ustar\u000000', 257, 'latin1');
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

/** Two empty blocks end an archive. */
export const tarEnd = Buffer.alloc(2 * block);

/** Which names may stand in an archive, and what is thrown where it is not as it should be. */
export interface TarRules {
  names: RegExp;
  wrong: (detail: string) => Error;
}
const machineFile: TarRules = {
  names: /^[a-z0-9][a-z0-9.-]{0,80}(\/[a-z0-9][a-z0-9.-]{0,80})?$/,
  wrong: damaged,
};

/** One header: `end` for an empty block. Only plain files with plain names are known here. Throws ProblemError. Pure. */
export function readHeader(head: Buffer, { names, wrong } = machineFile): { name: string; size: number } | 'end' {
  if (head.every((byte) => byte === 0)) return 'end';
  const told = Number.parseInt(head.toString('latin1', 148, 156).replace(/\0.*$/, '').trim(), 8);
  const sum = head.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (told !== sum) throw wrong('A header of the archive has a wrong checksum.');
  const name = head.toString('latin1', 0, 100).replace(/\0.*$/, '');
  const type = head[156];
  if ((type !== 0x30 && type !== 0) || head[345] !== 0)
    throw wrong(`The archive holds something that is no plain file: ${JSON.stringify(name)}.`);
  if (!names.test(name) || name.includes('..'))
    throw wrong(`The archive holds a file of a name that is not possible: ${JSON.stringify(name)}.`);
  const size = ((head[124] ?? 0) & 0x80) === 0 ? Number.parseInt(head.toString('latin1', 124, 136).replace(/\0.*$/, '').trim(), 8) : Number(head.readBigUInt64BE(128)); // prettier-ignore
  if (!Number.isSafeInteger(size) || size < 0) throw wrong(`The size of ${name} cannot be read.`);
  return { name, size };
}

/** All entries of an archive in their order. Reads headers only. Throws ProblemError where it is cut, or not what the rules want. */
export async function readEntries(file: FileHandle, rules = machineFile): Promise<Entry[]> {
  const { size: whole } = await file.stat();
  const entries: Entry[] = [];
  const head = Buffer.alloc(block);
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(head, 0, block, at);
    if (bytesRead < block) throw rules.wrong('The archive ends in the middle.');
    const found = readHeader(head, rules);
    if (found === 'end') return entries;
    const entry = { ...found, at: at + block };
    if (entry.at + entry.size > whole) throw rules.wrong(`The archive ends in the middle of ${entry.name}.`);
    if (entries.some(({ name }) => name === entry.name)) throw rules.wrong(`${entry.name} is in the archive twice.`);
    entries.push(entry);
    if (entries.length > mostEntries) throw rules.wrong('The archive holds too many files.');
    at = entry.at + padded(entry.size);
  }
}
