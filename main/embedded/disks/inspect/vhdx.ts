import { Refusal } from '../refusal.ts';
import { readExactly, u64 } from './reader.ts';
import type { Reader } from './reader.ts';

const KiB = 1024;
/** GUIDs as they lie in the file (first three groups little-endian); [MS-VHDX] sections 2.2 to 2.6. */
const guid = (text: string): string => {
  const [a = '', b = '', c = '', ...rest] = text.split('-');
  const swap = (group: string): string => (group.match(/../g) ?? []).toReversed().join('');
  return (swap(a) + swap(b) + swap(c) + rest.join('')).toLowerCase();
};
const regions = {
  bat: guid('2DC27766-F623-4200-9D64-115E9BFD4A08'),
  metadata: guid('8B7CA206-4790-4B9A-B8FE-575F050F886E'),
};
const items = {
  fileParameters: guid('CAA16737-FA36-4D43-B3B6-33F0AA44E76B'),
  diskSize: guid('2FA54224-CD1B-4876-B211-5DBED83BF4B8'),
  parentLocator: guid('A8D35F2D-B30B-454D-ABF7-D3D84834AB0C'),
};

/** Checks a VHDX: one file, no parent, nothing left in its log. */
export async function inspectVhdx(reader: Reader): Promise<{ virtualSize: number }> {
  await checkLog(reader);
  const found = await regionTable(reader);
  const metadata = found.get(regions.metadata);
  const bat = found.get(regions.bat);
  if (!metadata || !bat) throw corrupt('its regions are missing');
  for (const region of [metadata, bat])
    if (region.offset + region.length > reader.size) throw outside('the table of blocks or the description');
  const entries = await metadataEntries(reader, metadata.offset);
  if (entries.has(items.parentLocator)) throw parentImage();
  const parameters = await item(reader, metadata, entries.get(items.fileParameters), 8);
  if (parameters.readUInt32LE(4) & 2) throw parentImage();
  const block = parameters.readUInt32LE(0);
  if (block < 2 ** 20 || block > 2 ** 28) throw corrupt('its block size is impossible');
  return { virtualSize: u64(await item(reader, metadata, entries.get(items.diskSize), 8), 0, 'le') };
}

async function checkLog(reader: Reader): Promise<void> {
  const headers = [
    await readExactly(reader, 64 * KiB, 80, 'a header'),
    await readExactly(reader, 128 * KiB, 80, 'a header'),
  ];
  const valid = headers.filter((header) => header.toString('latin1', 0, 4) === 'head');
  const current = valid.sort((a, b) => Number(b.readBigUInt64LE(8) - a.readBigUInt64LE(8)))[0];
  if (!current) throw corrupt('its headers are missing');
  if (current.subarray(48, 64).some((byte) => byte !== 0))
    throw new Refusal(
      'NotClosedCleanly',
      'This VHDX was not closed cleanly: the last writes are still in its log. Attach it once in Windows (or shut the machine down properly) and import it again.',
    );
}

async function regionTable(reader: Reader): Promise<Map<string, { offset: number; length: number }>> {
  const table = await readExactly(reader, 192 * KiB, 64 * KiB, 'the region table');
  const count = table.readUInt32LE(8);
  if (table.toString('latin1', 0, 4) !== 'regi' || count > 2047) throw corrupt('its region table is missing');
  const found = new Map<string, { offset: number; length: number }>();
  for (let index = 0; index < count; index += 1) {
    const at = 16 + index * 32;
    const id = table.toString('hex', at, at + 16);
    if (id !== regions.bat && id !== regions.metadata && table.readUInt32LE(at + 28) & 1)
      throw new Refusal(
        'UnknownFeatures',
        'This VHDX needs a feature that is unknown here. Convert it to a plain VHDX first.',
      );
    found.set(id, { offset: u64(table, at + 16, 'le'), length: table.readUInt32LE(at + 24) });
  }
  return found;
}

type Entry = { offset: number; length: number };
async function metadataEntries(reader: Reader, offset: number): Promise<Map<string, Entry>> {
  const table = await readExactly(reader, offset, 64 * KiB, 'the description');
  const count = table.readUInt16LE(10);
  if (table.toString('latin1', 0, 8) !== 'metadata' || count > 2047) throw corrupt('its description is missing');
  return new Map(
    Array.from({ length: count }, (_, index): [string, Entry] => {
      const at = 32 + index * 32;
      return [
        table.toString('hex', at, at + 16),
        { offset: table.readUInt32LE(at + 16), length: table.readUInt32LE(at + 20) },
      ];
    }),
  );
}

async function item(reader: Reader, region: Entry, entry: Entry | undefined, length: number): Promise<Buffer> {
  if (!entry || entry.length < length) throw corrupt('its description is incomplete');
  return readExactly(reader, region.offset + entry.offset, length, 'the description');
}

const parentImage = (): Refusal =>
  new Refusal(
    'ParentImage',
    'This VHDX is a differencing disk: only the changes to a parent file, which would be read from this computer. Merge it in Hyper-V (Edit Disk) and import the result.',
  );
const outside = (what: string): Refusal =>
  new Refusal(
    'TablesOutsideFile',
    `The image is damaged or cut short: ${what} lies outside the file. Download or copy it again.`,
  );
const corrupt = (why: string): Refusal =>
  new Refusal('CorruptHeader', `The VHDX image is damaged: ${why}. Download or copy it again.`);
