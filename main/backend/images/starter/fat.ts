/** A FAT16 volume written in one go: files lie in one piece each, so a boot loader can find them by sector. */
export interface FatVolume {
  image: Buffer;
  /** First sector of each file, counted from the volume's start. */
  sectors: Map<string, number>;
}

const sectorSize = 512;
const perCluster = 4;
const reserved = 4;
const rootEntries = 512;

/** Builds a volume of `size` bytes. `first` is its place on the disk in sectors (the BPB's hidden sectors). Paths use `/`. */
export function fat16(files: Map<string, Uint8Array>, size: number, first: number, label: string): FatVolume {
  const total = size / sectorSize;
  const fatSectors = Math.ceil(((total / perCluster + 2) * 2) / sectorSize);
  const rootStart = reserved + 2 * fatSectors;
  const dataStart = rootStart + (rootEntries * 32) / sectorSize;
  const clusters = Math.floor((total - dataStart) / perCluster);
  if (clusters < 4085 || clusters >= 65525) throw new RangeError(`FAT16 cannot have ${clusters} clusters`);
  const image = Buffer.alloc(size);
  writeBootSector(image, { total, fatSectors, first, label });

  const fat = new Uint16Array(fatSectors * (sectorSize / 2));
  fat[0] = 0xfff8;
  fat[1] = 0xffff;
  let next = 2;
  const store = (data: Uint8Array): number => {
    const count = Math.max(1, Math.ceil(data.length / (perCluster * sectorSize)));
    if (next + count > clusters + 2) throw new RangeError('the files do not fit into the boot volume');
    const start = next;
    for (let index = 0; index < count; index += 1)
      fat[start + index] = index === count - 1 ? 0xffff : start + index + 1;
    image.set(data, (dataStart + (start - 2) * perCluster) * sectorSize);
    next += count;
    return start;
  };
  const sectors = new Map<string, number>();
  const folderAt = (cluster: number, bytes: Buffer): void => {
    if (bytes.length > perCluster * sectorSize) throw new RangeError('a folder of the boot volume has too many files');
    image.set(bytes, (dataStart + (cluster - 2) * perCluster) * sectorSize);
  };
  // A folder's own cluster comes first, because the folders in it name it. The root has none: cluster 0.
  const writeFolder = (prefix: string, parent: number | undefined): number => {
    const self = parent === undefined ? 0 : store(new Uint8Array());
    const names = new Set<string>();
    for (const path of files.keys())
      if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/')[0] ?? '');
    const children = [...names].map((name): Buffer => {
      const path = prefix + name;
      const data = files.get(path);
      if (!data) return entry(name, 0x10, writeFolder(`${path}/`, self), 0);
      const cluster = store(data);
      sectors.set(path, dataStart + (cluster - 2) * perCluster);
      return entry(name, 0x20, cluster, data.length);
    });
    if (parent === undefined) {
      Buffer.concat([shortEntry(Buffer.from(label.padEnd(11)), 0x08, 0, 0), ...children]).copy(
        image,
        rootStart * sectorSize,
      );
      return 0;
    }
    const dots = [
      shortEntry(Buffer.from('.'.padEnd(11)), 0x10, self, 0),
      shortEntry(Buffer.from('..'.padEnd(11)), 0x10, parent, 0),
    ];
    folderAt(self, Buffer.concat([...dots, ...children]));
    return self;
  };
  writeFolder('', undefined);
  for (let copy = 0; copy < 2; copy += 1)
    Buffer.from(fat.buffer).copy(image, (reserved + copy * fatSectors) * sectorSize);
  return { image, sectors };
}

function writeBootSector(
  image: Buffer,
  volume: { total: number; fatSectors: number; first: number; label: string },
): void {
  image.set([0xeb, 0x3c, 0x90], 0);
  image.write('HEARTH  ', 3, 'latin1');
  image.writeUInt16LE(sectorSize, 11);
  image[13] = perCluster;
  image.writeUInt16LE(reserved, 14);
  image[16] = 2;
  image.writeUInt16LE(rootEntries, 17);
  image[21] = 0xf8;
  image.writeUInt16LE(volume.fatSectors, 22);
  image.writeUInt16LE(63, 24);
  image.writeUInt16LE(255, 26);
  image.writeUInt32LE(volume.first, 28);
  image.writeUInt32LE(volume.total, 32);
  image[36] = 0x80;
  image[38] = 0x29;
  image.writeUInt32LE(0x48454152, 39);
  image.write(volume.label.padEnd(11), 43, 'latin1');
  image.write('FAT16   ', 54, 'latin1');
  image.set([0x55, 0xaa], 510);
}

function shortEntry(name: Buffer, attributes: number, cluster: number, size: number): Buffer {
  const bytes = Buffer.alloc(32);
  name.copy(bytes);
  bytes[11] = attributes;
  const date = 0x5c21; // 2026-01-01: a fixed date keeps the image reproducible
  for (const offset of [16, 18, 24]) bytes.writeUInt16LE(date, offset);
  bytes.writeUInt16LE(cluster, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

/** Folder entry of a name: its 8.3 form, after long-name entries where it is no 8.3 name. */
function entry(name: string, attributes: number, cluster: number, size: number): Buffer {
  const [base = '', extension = ''] = name.toUpperCase().split('.');
  const fits = base.length <= 8 && extension.length <= 3 && name.split('.').length <= 2;
  const short = Buffer.from(
    (fits ? base : `${base.slice(0, 6)}~1`).padEnd(8) + extension.slice(0, 3).padEnd(3),
    'latin1',
  );
  const last = shortEntry(short, attributes, cluster, size);
  if (fits) return last;
  let sum = 0;
  for (const byte of short) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  const units = [...Buffer.from(`${name}\0`, 'utf16le')];
  while (units.length % 26) units.push(0xff);
  const pieces: Buffer[] = [];
  for (let index = 0; index * 26 < units.length; index += 1) {
    const bytes = Buffer.alloc(32);
    const piece = units.slice(index * 26, index * 26 + 26);
    bytes[0] = (index + 1) | ((index + 1) * 26 >= units.length ? 0x40 : 0);
    bytes[11] = 0x0f;
    bytes[13] = sum;
    bytes.set(piece.slice(0, 10), 1);
    bytes.set(piece.slice(10, 22), 14);
    bytes.set(piece.slice(22, 26), 28);
    pieces.unshift(bytes);
  }
  return Buffer.concat([...pieces, last]);
}
