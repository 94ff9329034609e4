import { crc32, deflateSync } from 'node:zlib';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

/** Colours of a kept picture: pages have few, and a fifth of the bytes is left. */
const most = 64;
/** Of a pixel's colour, 0..1, as pixelmatch has it: above what rounding to a palette does, below any other token. */
const threshold = 0.15;

export interface Difference {
  /** Part of the pixels, 0..1; 1 where the sizes differ. */
  part: number;
  /** What differs, in red. */
  picture: Buffer | undefined;
}

/** Compares two PNG files; smoothed edges do not count. */
export function differenceOf(kept: Buffer, seen: Buffer): Difference {
  const [a, b] = [PNG.sync.read(kept), PNG.sync.read(seen)];
  if (a.width !== b.width || a.height !== b.height) return { part: 1, picture: undefined };
  const picture = new PNG({ width: a.width, height: a.height });
  const n = pixelmatch(a.data, b.data, picture.data, a.width, a.height, { threshold });
  return { part: n / (a.width * a.height), picture: PNG.sync.write(picture) };
}

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};

/** The same picture with a palette of its most frequent colours. */
export function smaller(png: Buffer): Buffer {
  const { width, height, data } = PNG.sync.read(png);
  const colourAt = (pixel: number): number => data.readUIntBE(pixel * 4, 3);
  const counts = new Map<number, number>();
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const colour = colourAt(pixel);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, most).map(([colour]) => colour); // prettier-ignore
  const distance = (a: number, b: number): number =>
    ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;
  const places = new Map<number, number>();
  const placeOf = (colour: number): number => {
    const known = places.get(colour);
    if (known !== undefined) return known;
    let best = 0;
    for (let n = 1; n < palette.length; n += 1)
      if (distance(palette[n] ?? 0, colour) < distance(palette[best] ?? 0, colour)) best = n;
    places.set(colour, best);
    return best;
  };
  // A byte before each line says how it is filtered: not at all, which suits palettes best.
  const lines = Buffer.alloc((width + 1) * height);
  for (let pixel = 0; pixel < width * height; pixel += 1)
    lines[Math.floor(pixel / width) * (width + 1) + 1 + (pixel % width)] = placeOf(colourAt(pixel));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('PLTE', Buffer.concat(palette.map((colour) => Buffer.from([colour >> 16, (colour >> 8) & 255, colour & 255])))), // prettier-ignore
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
