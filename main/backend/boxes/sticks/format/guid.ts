import { randomBytes } from 'node:crypto';

/** Partition types, as UEFI 2.10 (5.3.3) and GRUB's manual name them. */
export const partitionTypes = {
  esp: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  biosBoot: '21686148-6449-6E6F-744E-656564454649',
  linux: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
} as const;

/** Bytes of a GUID in its written form; its first three groups are little-endian. */
export function guidText(bytes: Uint8Array): string {
  const hex = (from: number, to: number, turned: boolean): string => {
    const part = [...bytes.subarray(from, to)];
    return (turned ? part.toReversed() : part).map((byte) => byte.toString(16).padStart(2, '0')).join('');
  };
  return [hex(0, 4, true), hex(4, 6, true), hex(6, 8, true), hex(8, 10, false), hex(10, 16, false)]
    .join('-')
    .toUpperCase();
}

export function guidBytes(text: string): Buffer {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new RangeError(`"${text}" is no GUID.`);
  const plain = Buffer.from(text.replaceAll('-', ''), 'hex');
  plain.subarray(0, 4).reverse();
  plain.subarray(4, 6).reverse();
  plain.subarray(6, 8).reverse();
  return plain;
}

/** A new random one (version 4). */
export function newGuid(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(7) & 0x0f) | 0x40, 7);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return guidText(bytes);
}
