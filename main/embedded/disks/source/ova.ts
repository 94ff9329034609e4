import { Refusal } from '../refusal.ts';
import { readable } from '../../kube/quantity.ts';
import type { Reader } from '../inspect/reader.ts';

interface Member {
  name: string;
  offset: number;
  size: number;
}

/** A part of a file as a Reader of its own. */
export const slice = (reader: Reader, member: { offset: number; size: number }): Reader => ({
  size: member.size,
  read: (offset, length) => reader.read(member.offset + offset, Math.max(0, Math.min(length, member.size - offset))),
});

/**
 * Finds the first disk of an appliance (OVA: a tar of an OVF description and disks; DMTF DSP0243). Own reader, because
 * the rules are narrow: plain files with plain names, nothing else, and the description may only name members.
 */
export async function firstDisk(reader: Reader): Promise<Member> {
  const members = await tarMembers(reader);
  const description = members.find(({ name }) => name.toLowerCase().endsWith('.ovf'));
  if (!description)
    throw new Refusal(
      'NotAnAppliance',
      'This archive (tar) has no OVF description, so it is not a virtual appliance. Unpack it and import the disk image in it.',
    );
  if (description.size > 4 * 2 ** 20)
    throw new Refusal(
      'NotAnAppliance',
      `The OVF description is ${readable(description.size)} long, far more than a real one. Get the appliance from a source you trust.`,
    );
  const text = (await reader.read(description.offset, description.size)).toString('utf8');
  const references = new Map<string, string>();
  for (const tag of text.matchAll(/<(?:\w+:)?File\s[^>]*>/g)) {
    const id = attribute(tag[0], 'id');
    const href = attribute(tag[0], 'href');
    if (!id || !href) continue;
    if (!members.some(({ name }) => name === href))
      throw new Refusal(
        'OutsideReference',
        `The appliance's description names a file that is not in it ("${href.slice(0, 120)}"), which would be read from this computer. Export the appliance again.`,
      );
    references.set(id, href);
  }
  const disk = /<(?:\w+:)?Disk\s[^>]*>/.exec(text)?.[0];
  const href = disk && references.get(attribute(disk, 'fileRef') ?? '');
  const member = members.find(({ name }) => name === href);
  if (!member) throw new Refusal('NotAnAppliance', 'The appliance has no disk. Check that the export was complete.');
  return member;
}

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\s(?:\\w+:)?${name}\\s*=\\s*"([^"]*)"`).exec(tag)?.[1];

async function tarMembers(reader: Reader): Promise<Member[]> {
  const members: Member[] = [];
  for (let at = 0; at + 512 <= reader.size;) {
    const header = await reader.read(at, 512);
    if (header.every((byte) => byte === 0)) break;
    if (members.length >= 256) throw damaged('it has more than 256 members');
    const name = text(header, 0, 100);
    const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header, 345, 155) : '';
    const size = octal(header, 124, 12);
    if (octal(header, 148, 8) !== checksum(header)) throw damaged('a checksum in it is wrong');
    const type = header.toString('latin1', 156, 157);
    const full = prefix && header.toString('latin1', 263, 265) !== ' \0' ? `${prefix}/${name}` : name;
    if (at + 512 + size > reader.size) throw damaged('it ends too early');
    // Only plain files. 'x' and 'g' (pax) could rename members after our check, so they are refused as well.
    if (type !== '0' && type !== '\0')
      throw new Refusal(
        'UnsafeArchive',
        `The archive has a member that is not a plain file ("${full.slice(0, 120)}": ${kinds[type] ?? `type ${type}`}). Such members can reach files of this computer, and no real appliance has them: get it from a source you trust.`,
      );
    if (full.includes('/') || full.includes('\\') || full === '' || full.startsWith('.'))
      throw new Refusal(
        'UnsafeArchive',
        `The archive has a member whose name leads out of it ("${full.slice(0, 120)}"). Such names can overwrite files of this computer, and no real appliance has them: get it from a source you trust.`,
      );
    members.push({ name: full, offset: at + 512, size });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

const kinds: Record<string, string> = { '1': 'a hard link', '2': 'a symbolic link', '3': 'a device', '4': 'a device', '5': 'a folder', '6': 'a pipe', x: 'an extended header', g: 'an extended header', L: 'a long name' }; // prettier-ignore

const text = (header: Buffer, at: number, length: number): string =>
  header.toString('utf8', at, at + length).replace(/\0[\s\S]*$/, '');

function octal(header: Buffer, at: number, length: number): number {
  // Base-256 (GNU, for members over 8 GiB): the first bit is set.
  if ((header[at] ?? 0) & 0x80) {
    const value = header.readBigUInt64BE(at + length - 8);
    if (length === 12 && header.subarray(at + 1, at + 4).every((byte) => byte === 0) && value < 2n ** 53n)
      return Number(value);
    throw damaged('a size in it is impossible');
  }
  const digits = text(header, at, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged('a number in it is none');
  return Number.parseInt(digits || '0', 8);
}

const checksum = (header: Buffer): number =>
  header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
const damaged = (why: string): Refusal =>
  new Refusal('CorruptArchive', `The archive is damaged: ${why}. Download or copy it again.`);
