import { Refusal } from '../refusal.ts';
import { readExactly, u64 } from './reader.ts';
import type { Reader } from './reader.ts';

const sector = 512;
const atEnd = Number.POSITIVE_INFINITY; // 0xffffffffffffffff: the directory's place is in the footer

/** Checks a VMDK that is one sparse extent with its own descriptor (monolithicSparse, streamOptimized). */
export async function inspectVmdk(reader: Reader): Promise<{ virtualSize: number }> {
  const header = await readExactly(reader, 0, 79, 'the header');
  const version = header.readUInt32LE(4);
  if (version < 1 || version > 3) throw corrupt(`its version (${version}) is unknown`);
  const descriptorAt = u64(header, 28, 'le') * sector;
  const descriptorSize = u64(header, 36, 'le') * sector;
  if (descriptorAt === 0 || descriptorSize === 0)
    throw new Refusal(
      'PartOfAnImage',
      'This VMDK is one piece of a disk in several files. Export it as a single file (streamOptimized) or as OVA.',
    );
  if (descriptorSize > 1 << 20) throw corrupt('its description is impossibly long');
  const text = (await readExactly(reader, descriptorAt, descriptorSize, 'the description')).toString('latin1');
  checkDescriptor(text.replace(/\0[\s\S]*$/, ''));

  const capacity = u64(header, 12, 'le') * sector;
  const grain = u64(header, 20, 'le') * sector;
  const entries = header.readUInt32LE(44);
  if (grain < 4096 || grain > 2 ** 26 || entries === 0 || entries > 512)
    throw corrupt('its grain tables are impossible');
  let directory = u64(header, 56, 'le');
  if (directory === atEnd) {
    const footer = await readExactly(reader, reader.size - 1024, 79, 'the footer');
    if (footer.toString('latin1', 0, 4) !== 'KDMV') throw outside('the footer');
    directory = u64(footer, 56, 'le');
  }
  const tables = Math.ceil(capacity / (grain * entries));
  if (Number.isFinite(capacity) && capacity <= 2 ** 50 && directory * sector + tables * 4 > reader.size)
    throw outside('the grain directory');
  return { virtualSize: capacity };
}

/** The embedded description may name neither parents nor other files' extents. */
function checkDescriptor(text: string): void {
  const value = (key: string): string | undefined =>
    new RegExp(`^\\s*${key}\\s*=\\s*"?([^"\\r\\n]*?)"?\\s*$`, 'im').exec(text)?.[1];
  const parent = value('parentCID');
  if ((parent && !/^f{8}$/i.test(parent)) || value('parentFileNameHint') !== undefined)
    throw new Refusal(
      'ParentImage',
      'This VMDK is only the changes to another disk file, which would be read from this computer. Export the complete disk (in VMware: consolidate or clone it) and import that.',
    );
  const type = value('createType');
  if (type !== 'monolithicSparse' && type !== 'streamOptimized')
    throw new Refusal(
      'UnsupportedVmdk',
      `This VMDK is of the type "${(type ?? 'none').slice(0, 40)}", whose data lies in other files. Export it as a single file (streamOptimized) or as OVA.`,
    );
  const extents = text.split(/\r?\n/).filter((line) => /^\s*(RW|RDONLY|NOACCESS)\s+\d+\s/i.test(line));
  if (extents.length !== 1 || !/^\s*RW\s+\d+\s+SPARSE\s+"[^"]*"\s*$/i.test(extents[0] ?? '')) throw flatExtent();
}

/** A VMDK that is only text names files of the computer it lies on: every kind of it is refused. */
export function refuseTextVmdk(text: string): never {
  if (/^\s*parentFileNameHint\s*=/im.test(text))
    throw new Refusal(
      'ParentImage',
      'This VMDK is a text that names a parent disk file, which would be read from this computer. Export the complete disk as one file (streamOptimized) or as OVA.',
    );
  if (/^\s*(RW|RDONLY)\s+\d+\s+(FLAT|VMFS|VMFSRDM|VMFSRAW)\b/im.test(text)) throw flatExtent();
  throw new Refusal(
    'TextDescriptor',
    'This VMDK is only the text that describes a disk; the data lies in other files. Choose the file with the data, or export the disk as one file (streamOptimized) or as OVA.',
  );
}

const flatExtent = (): Refusal =>
  new Refusal(
    'FlatExtent',
    'This VMDK takes its data from other files that it names, which would be read from this computer into the virtual machine. Export the disk as one file (streamOptimized) or as OVA.',
  );
const outside = (what: string): Refusal =>
  new Refusal(
    'TablesOutsideFile',
    `The image is damaged or cut short: ${what} lies outside the file. Download or copy it again.`,
  );
const corrupt = (why: string): Refusal =>
  new Refusal('CorruptHeader', `The VMDK image is damaged: ${why}. Download or copy it again.`);
