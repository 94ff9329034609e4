import { Refusal } from '../refusal.ts';
import { readExactly, u64 } from './reader.ts';
import type { Reader } from './reader.ts';

const types = { fixed: 2, dynamic: 3, differencing: 4 };

/** Checks a VHD ("vpc"): fixed or dynamic, without parents. Microsoft's "Virtual Hard Disk Image Format Specification". */
export async function inspectVhd(reader: Reader): Promise<{ virtualSize: number }> {
  const footer = await findFooter(reader);
  const type = footer.readUInt32BE(60);
  const virtualSize = u64(footer, 48, 'be');
  if (type === types.differencing) throw parentImage();
  if (type === types.fixed) {
    if (virtualSize > reader.size) throw outside('its data');
    return { virtualSize };
  }
  if (type !== types.dynamic) throw corrupt(`its type (${type}) is unknown`);
  const header = await readExactly(reader, u64(footer, 16, 'be'), 1024, 'the dynamic header');
  if (header.toString('latin1', 0, 8) !== 'cxsparse') throw corrupt('its dynamic header is missing');
  if (header.subarray(40, 56).some((byte) => byte !== 0)) throw parentImage();
  const table = u64(header, 16, 'be');
  const entries = header.readUInt32BE(28);
  const block = header.readUInt32BE(32);
  if (block < 512 || block > 2 ** 28) throw corrupt('its block size is impossible');
  if (table + entries * 4 > reader.size) throw outside('the table of blocks');
  return { virtualSize };
}

async function findFooter(reader: Reader): Promise<Buffer> {
  for (const at of [0, reader.size - 512]) {
    const footer = await readExactly(reader, at, 512, 'the footer');
    if (footer.toString('latin1', 0, 8) === 'conectix') return footer;
  }
  throw corrupt('it has no footer');
}

const parentImage = (): Refusal =>
  new Refusal(
    'DifferencingDisk',
    'This VHD is a differencing disk: only the changes to a parent file, which would be read from this computer. Merge it in Hyper-V (Edit Disk) and import the result.',
  );
const outside = (what: string): Refusal =>
  new Refusal(
    'TablesOutsideFile',
    `The image is damaged or cut short: ${what} lies outside the file. Download or copy it again.`,
  );
const corrupt = (why: string): Refusal =>
  new Refusal('CorruptHeader', `The VHD image is damaged: ${why}. Download or copy it again.`);
