import { Refusal } from '../refusal.ts';
import type { Reader } from './reader.ts';

export type Compression = 'xz' | 'gz' | 'zst' | 'bz2';
export type DiskFormat = 'qcow2' | 'vmdk' | 'vmdk-text' | 'vhdx' | 'vhd' | 'vdi' | 'iso' | 'raw';
export type Detected = DiskFormat | Compression | 'ova';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
/** Magic numbers at fixed places, most specific first. Names and extensions are never asked. */
const magics: readonly { at: number; bytes: Buffer; is: Detected | { unsupported: string } | 'luks' }[] = [
  { at: 0, bytes: Buffer.from('QFI\xfb', 'latin1'), is: 'qcow2' },
  { at: 0, bytes: Buffer.from('KDMV'), is: 'vmdk' },
  { at: 0, bytes: Buffer.from('vhdxfile'), is: 'vhdx' },
  { at: 0, bytes: Buffer.from('conectix'), is: 'vhd' },
  { at: 64, bytes: hex('7f10dabe'), is: 'vdi' },
  { at: 0, bytes: hex('fd377a585a00'), is: 'xz' },
  { at: 0, bytes: hex('1f8b08'), is: 'gz' },
  { at: 0, bytes: hex('28b52ffd'), is: 'zst' },
  { at: 0, bytes: Buffer.from('BZh'), is: 'bz2' },
  { at: 257, bytes: Buffer.from('ustar'), is: 'ova' },
  { at: 0, bytes: Buffer.from('LUKS\xba\xbe', 'latin1'), is: 'luks' },
  { at: 0, bytes: Buffer.from('COWD'), is: { unsupported: 'an ESX sparse VMDK extent' } },
  { at: 0, bytes: Buffer.from('QED\0'), is: { unsupported: 'a QED image' } },
  { at: 0, bytes: Buffer.from('OOOM'), is: { unsupported: 'a User Mode Linux COW file' } },
  { at: 0, bytes: Buffer.from('WithoutFreeSpace'), is: { unsupported: 'a Parallels image' } },
  { at: 0, bytes: Buffer.from('WithouFreSpacExt'), is: { unsupported: 'a Parallels image' } },
  { at: 0, bytes: Buffer.from('Bochs Virtual HD Image'), is: { unsupported: 'a Bochs image' } },
  { at: 0, bytes: Buffer.from('PK\x03\x04'), is: { unsupported: 'a ZIP archive' } },
  { at: 0, bytes: hex('377abcaf271c'), is: { unsupported: 'a 7-Zip archive' } },
  { at: 0, bytes: Buffer.from('Rar!'), is: { unsupported: 'a RAR archive' } },
  { at: 0, bytes: hex('7f454c46'), is: { unsupported: 'a program (ELF), not a disk' } },
  { at: 0, bytes: Buffer.from('%PDF-'), is: { unsupported: 'a PDF document' } },
];

/** How many bytes from the start `detectHead` wants to see. */
export const headSize = 32_774;

/** What the first bytes say, or undefined when they are nobody's magic (then it is raw, or told by its end). */
export function detectHead(head: Buffer): Detected | undefined {
  if (head.subarray(32_769, 32_774).toString('latin1') === 'CD001') return 'iso';
  for (const { at, bytes, is } of magics) {
    if (!head.subarray(at, at + bytes.length).equals(bytes)) continue;
    if (is === 'luks') throw encrypted('LUKS');
    if (typeof is === 'object') throw unsupported(is.unsupported);
    return is;
  }
  const text = head.subarray(0, 512).toString('latin1').trimStart();
  if (text.startsWith('# Disk DescriptorFile') || /^(version|CID|createType)\s*=/i.test(text)) return 'vmdk-text';
  if (/^(<!doctype html|<html|<\?xml|<head|<body)/i.test(text))
    throw new Refusal(
      'NotADisk',
      'This is a web page, not a disk image: probably an error page or a login page. Check the address in a browser and give the address of the file itself.',
    );
  return undefined;
}

/** What a file is, by its content alone. Throws Refusal for what is known not to work. */
export async function detect(reader: Reader): Promise<Detected> {
  if (reader.size === 0) throw new Refusal('Truncated', 'The file is empty. Download or copy it again.');
  const known = detectHead(await reader.read(0, headSize));
  if (known) return known;
  // A fixed VHD has only a footer; an Apple DMG too.
  const footer = await reader.read(Math.max(0, reader.size - 512), 512);
  if (footer.subarray(0, 8).toString('latin1') === 'conectix') return 'vhd';
  if (footer.subarray(0, 4).toString('latin1') === 'koly') throw unsupported('an Apple disk image (DMG)');
  return 'raw';
}

export const encrypted = (how: string): Refusal =>
  new Refusal(
    'Encrypted',
    `The image is encrypted (${how}). Hearth has no way to ask for its key: decrypt it first and import the result.`,
  );

const unsupported = (what: string): Refusal =>
  new Refusal(
    'UnsupportedFormat',
    `The file is ${what}. Hearth takes qcow2, raw, VMDK, VHDX, VHD, VDI, OVA and ISO images (raw ones also as xz, gz, zst or bz2): convert or unpack it first.`,
  );
