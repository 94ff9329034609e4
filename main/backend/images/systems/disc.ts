/** Bytes of a file: fewer than asked for only at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

/** What an installer's disc says about itself. */
export interface DiscFacts {
  volume: string;
  publisher: string;
  /** The first lines of the files that say what is on it, by their path in small letters. */
  texts: Record<string, string>;
  /** Names of the files below `sources` in small letters: where Windows keeps what it installs. */
  sources: string[];
}

const sector = 2048;
const largestFolder = 64 * sector;
/** `.disk/info` is Debian's and Ubuntu's, `.treeinfo` Fedora's and its family's, `media.1/products` SUSE's. */
const wanted = ['.disk/info', '.treeinfo', 'media.1/products'];

interface Found {
  extent: number;
  size: number;
  folder: boolean;
}

/**
 * Reads the header of an ISO 9660 disc (ECMA-119), with the long names of Rock Ridge or Joliet; undefined for anything
 * else. It reads some hundred KiB at most, whatever the header says, and follows nothing out of the file.
 */
export async function readDisc(read: ReadAt): Promise<DiscFacts | undefined> {
  let primary: Buffer | undefined;
  let joliet: Buffer | undefined;
  for (let at = 16; at < 32; at += 1) {
    const descriptor = await read(at * sector, sector);
    if (descriptor.length < sector || descriptor.toString('latin1', 1, 6) !== 'CD001') break;
    const type = descriptor[0];
    if (type === 255) break;
    if (type === 1) primary ??= descriptor;
    // The escape sequences of UCS-2, levels 1 to 3.
    if (type === 2 && /^%\/[@CE]/.test(descriptor.toString('latin1', 88, 91))) joliet ??= descriptor;
  }
  if (!primary) return undefined;
  const texts: Record<string, string> = {};
  let sources: string[] = [];
  for (const [descriptor, wide] of [
    [primary, false],
    [joliet, true],
  ] as const) {
    if (!descriptor) continue;
    const root = await list(read, extentOf(descriptor, 156), wide);
    for (const path of wanted) {
      const [folder = '', name] = path.split('/');
      const first = root.get(folder);
      if (texts[path] !== undefined || !first) continue;
      const file = name === undefined ? first : first.folder ? (await list(read, first, wide)).get(name) : undefined;
      if (file && !file.folder)
        texts[path] = (await read(file.extent * sector, Math.min(file.size, 8192))).toString('utf8');
    }
    const folder = root.get('sources');
    if (folder?.folder && sources.length === 0) sources = [...(await list(read, folder, wide)).keys()];
  }
  return { volume: text(primary, 40, 32), publisher: text(primary, 318, 128), texts, sources };
}

const text = (descriptor: Buffer, at: number, length: number): string =>
  // Spaces fill it up; some makers fill with zeros.
  descriptor
    .toString('latin1', at, at + length)
    .replaceAll('\0', ' ')
    .trim();

const extentOf = (record: Buffer, at: number): Found => ({
  extent: record.readUInt32LE(at + 2),
  size: record.readUInt32LE(at + 10),
  folder: ((record[at + 25] ?? 0) & 2) !== 0,
});

/** A folder's entries by their names in small letters. */
async function list(read: ReadAt, folder: Found, wide: boolean): Promise<Map<string, Found>> {
  const data = await read(folder.extent * sector, Math.min(folder.size, largestFolder));
  const entries = new Map<string, Found>();
  for (let at = 0; at + 34 <= data.length;) {
    const length = data[at] ?? 0;
    // A record never crosses a sector: the rest of this one is empty.
    if (length === 0) {
      at = (Math.floor(at / sector) + 1) * sector;
      continue;
    }
    if (length < 34 || at + length > data.length) break;
    const named = data[at + 32] ?? 0;
    const raw = data.subarray(at + 33, Math.min(at + 33 + named, at + length));
    const short = wide && raw.length > 1 ? Buffer.from(raw.subarray(0, raw.length & ~1)).swap16().toString('utf16le') : raw.toString('latin1'); // prettier-ignore
    const rest = data.subarray(at + 33 + named + (named % 2 === 0 ? 1 : 0), at + length);
    const name = (wide ? undefined : rockRidgeName(rest)) ?? short.replace(/\.?;\d+$/, '');
    entries.set(name.toLowerCase(), extentOf(data, at));
    at += length;
  }
  return entries;
}

/** The name in a record's system use area (RRIP 1.09, entry NM); undefined where there is none. */
function rockRidgeName(area: Buffer): string | undefined {
  let name: string | undefined;
  for (let at = 0; at + 4 <= area.length;) {
    const length = area[at + 2] ?? 0;
    if (length < 4 || at + length > area.length) break;
    if (area.toString('latin1', at, at + 2) === 'NM' && length > 5)
      name = (name ?? '') + area.toString('utf8', at + 5, at + length);
    at += length;
  }
  return name;
}
