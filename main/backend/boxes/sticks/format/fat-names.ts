/** One name in a folder of FAT. */
export interface FatEntry {
  name: string;
  folder: boolean;
  /** The name of the volume itself. */
  label: boolean;
  cluster: number;
  size: number;
}

const longName = 0x0f;
/** Where the 13 letters (UTF-16) of one long-name record stand. */
const letters = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** The names in the bytes of a folder, long ones put together; a long name whose checksum does not fit is not believed. */
export function entriesOf(bytes: Buffer): FatEntry[] {
  const entries: FatEntry[] = [];
  let long: { text: string; checksum: number } | undefined;
  for (let at = 0; at + 32 <= bytes.length; at += 32) {
    const record = bytes.subarray(at, at + 32);
    const first = record.readUInt8(0);
    if (first === 0) break;
    if (first === 0xe5) {
      long = undefined;
      continue;
    }
    const attributes = record.readUInt8(11);
    if (attributes === longName) {
      const part = longPart(record);
      const checksum = record.readUInt8(13);
      // The last part comes first.
      const begins = (first & 0x40) !== 0;
      if (begins) long = { text: part, checksum };
      else if (long?.checksum === checksum) long.text = part + long.text;
      else long = undefined;
      continue;
    }
    const name = long && long.checksum === checksumOf(record) ? long.text : shortName(record);
    long = undefined;
    entries.push({
      name,
      folder: (attributes & 0x10) !== 0,
      label: (attributes & 0x08) !== 0,
      cluster: record.readUInt16LE(20) * 0x10000 + record.readUInt16LE(26),
      size: record.readUInt32LE(28),
    });
  }
  return entries;
}

function longPart(record: Buffer): string {
  const codes: number[] = [];
  for (const at of letters) {
    const code = record.readUInt16LE(at);
    if (code === 0 || code === 0xffff) break;
    codes.push(code);
  }
  return String.fromCharCode(...codes);
}

function shortName(record: Buffer): string {
  const bytes = Buffer.from(record.subarray(0, 11));
  // 05 stands for E5, which would mean "deleted".
  if (bytes.readUInt8(0) === 0x05) bytes.writeUInt8(0xe5, 0);
  const lower = record.readUInt8(12);
  const base = bytes.toString('latin1', 0, 8).trimEnd();
  const extension = bytes.toString('latin1', 8, 11).trimEnd();
  const asWritten = (text: string, bit: number): string => ((lower & bit) === 0 ? text : text.toLowerCase());
  return extension ? `${asWritten(base, 0x08)}.${asWritten(extension, 0x10)}` : asWritten(base, 0x08);
}

const checksumOf = (record: Buffer): number =>
  record.subarray(0, 11).reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
