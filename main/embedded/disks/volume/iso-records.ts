/** The byte layouts of ISO 9660 (ECMA-119), Joliet and Rock Ridge (RRIP 1.09) that a small read-only disc needs. */
export const sector = 2048;
export type Names = 'primary' | 'joliet';

export interface Entry {
  /** Name in the tree; "" for the root. */
  name: string;
  /** Name in ECMA-119's few letters, unique in its folder. */
  short: string;
  folder: boolean;
  extent: number;
  size: number;
}

export const both16 = (value: number): Buffer => {
  const data = Buffer.alloc(4);
  data.writeUInt16LE(value, 0);
  data.writeUInt16BE(value, 2);
  return data;
};
export const both32 = (value: number): Buffer => {
  const data = Buffer.alloc(8);
  data.writeUInt32LE(value, 0);
  data.writeUInt32BE(value, 4);
  return data;
};

/** UCS-2, big-endian. */
export const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

export function identifier(entry: Entry, names: Names): Buffer {
  // Joliet's records have no room for more than about 110 characters; readers manage 103.
  if (names === 'joliet' && entry.name.length <= 100) return ucs2(entry.folder ? entry.name : `${entry.name};1`);
  if (names === 'joliet') return ucs2(entry.short);
  return Buffer.from(entry.folder ? entry.short : `${entry.short};1`, 'latin1');
}

/** A directory record (ECMA-119 9.1). `self`: the entries "." (0) and ".." (1). */
export function record(entry: Entry, names: Names, time: Date, self?: 0 | 1 | 'root'): Buffer {
  const name = self === undefined ? identifier(entry, names) : Buffer.from([self === 1 ? 1 : 0]);
  const padding = Buffer.alloc((name.length + 1) % 2);
  const system = names === 'primary' ? rockRidge(entry, self) : Buffer.alloc(0);
  const length = 33 + name.length + padding.length + system.length;
  const data = Buffer.concat([
    Buffer.from([length + (length % 2), 0]),
    both32(entry.extent),
    both32(entry.size),
    shortTime(time),
    Buffer.from([entry.folder ? 2 : 0, 0, 0]),
    both16(1),
    Buffer.from([name.length]),
    name,
    padding,
    system,
  ]);
  return data.length % 2 === 0 ? data : Buffer.concat([data, Buffer.alloc(1)]);
}

/** System use entries: POSIX mode and the real name. The root's "." says that they are there. */
function rockRidge(entry: Entry, self: 0 | 1 | 'root' | undefined): Buffer {
  const mode = entry.folder ? 0o040555 : 0o100444;
  const parts = [
    ...(self === 'root' ? [Buffer.from([0x53, 0x50, 7, 1, 0xbe, 0xef, 0])] : []),
    Buffer.concat([
      Buffer.from('PX'),
      Buffer.from([36, 1]),
      both32(mode),
      both32(entry.folder ? 2 : 1),
      both32(0),
      both32(0),
    ]),
  ];
  if (self === undefined) {
    const name = Buffer.from(entry.name, 'utf8');
    parts.push(Buffer.concat([Buffer.from('NM'), Buffer.from([5 + name.length, 1, 0]), name]));
  }
  if (self === 'root') {
    const id = Buffer.from('RRIP_1991A');
    parts.push(Buffer.concat([Buffer.from('ER'), Buffer.from([8 + id.length, 1, id.length, 0, 0, 1]), id]));
  }
  return Buffer.concat(parts);
}

/** A path table entry (ECMA-119 9.4). */
export function pathRecord(entry: Entry, parent: number, names: Names, order: 'le' | 'be'): Buffer {
  const name = entry.name === '' ? Buffer.from([0]) : identifier(entry, names);
  const data = Buffer.alloc(8 + name.length + (name.length % 2));
  data.writeUInt8(name.length, 0);
  if (order === 'le') {
    data.writeUInt32LE(entry.extent, 2);
    data.writeUInt16LE(parent, 6);
  } else {
    data.writeUInt32BE(entry.extent, 2);
    data.writeUInt16BE(parent, 6);
  }
  name.copy(data, 8);
  return data;
}

/** A volume descriptor (ECMA-119 8.4, 8.5). */
export function descriptor(
  names: Names,
  label: string,
  total: number,
  tables: { size: number; le: number; be: number },
  root: Buffer,
  time: Date,
): Buffer {
  const data = Buffer.alloc(sector);
  const text = (value: string, at: number, length: number): void => {
    const filled =
      names === 'joliet'
        ? ucs2(value.slice(0, length / 2).padEnd(Math.floor(length / 2)))
        : Buffer.from(value.slice(0, length).padEnd(length), 'latin1');
    filled.copy(data, at);
  };
  data.writeUInt8(names === 'joliet' ? 2 : 1, 0);
  data.write('CD001\x01', 1, 'latin1');
  text('LINUX', 8, 32);
  text(label, 40, 32);
  both32(total).copy(data, 80);
  if (names === 'joliet') Buffer.from('%/E').copy(data, 88); // UCS-2 level 3
  both16(1).copy(data, 120);
  both16(1).copy(data, 124);
  both16(sector).copy(data, 128);
  both32(tables.size).copy(data, 132);
  data.writeUInt32LE(tables.le, 140);
  data.writeUInt32BE(tables.be, 148);
  root.copy(data, 156);
  for (const [at, length] of [[190, 128], [318, 128], [446, 128], [574, 128], [702, 37], [739, 37], [776, 37]] as const) text('', at, length); // prettier-ignore
  for (const at of [813, 830]) longTime(time).copy(data, at);
  for (const at of [847, 864]) Buffer.from(`${'0'.repeat(16)}\0`).copy(data, at);
  data.writeUInt8(1, 881);
  return data;
}

export const terminator = (): Buffer =>
  Buffer.concat([Buffer.from('\xffCD001\x01', 'latin1'), Buffer.alloc(sector - 7)]);

const shortTime = (time: Date): Buffer =>
  Buffer.from([
    time.getUTCFullYear() - 1900, time.getUTCMonth() + 1, time.getUTCDate(),
    time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds(), 0,
  ]); // prettier-ignore
const longTime = (time: Date): Buffer =>
  Buffer.from(`${time.toISOString().replace(/\D/g, '').slice(0, 14)}00\0`, 'latin1');
