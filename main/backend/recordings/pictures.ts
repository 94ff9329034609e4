import { decodePicture } from '../screen-text/picture.ts';
import type { Picture } from '../screen-text/picture.ts';

/** Where two pictures of the same size differ: a rectangle around it. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Undefined when they are the same. Both must have the same size. Pure. */
export function changedArea(before: Picture, after: Picture): Area | undefined {
  const { width, height } = after;
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    let first = 0;
    while (first < width && before.colours[row + first] === after.colours[row + first]) first += 1;
    if (first === width) continue;
    let last = width - 1;
    while (before.colours[row + last] === after.colours[row + last]) last -= 1;
    if (top === -1) top = y;
    bottom = y;
    left = Math.min(left, first);
    right = Math.max(right, last);
  }
  return top === -1 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** A part of a picture. Pure. */
export function cut({ width, colours }: Picture, area: Area): Picture {
  const part = new Uint32Array(area.width * area.height);
  for (let y = 0; y < area.height; y += 1) {
    const from = (area.y + y) * width + area.x;
    part.set(colours.subarray(from, from + area.width), y * area.width);
  }
  return { width: area.width, height: area.height, colours: part };
}

/** Draws a part over a picture; what would stand outside is left out. */
export function draw(onto: Picture, part: Picture, { x, y }: { x: number; y: number }): void {
  const width = Math.min(part.width, onto.width - x);
  if (width <= 0) return;
  for (let row = 0; row < part.height && y + row < onto.height; row += 1)
    onto.colours.set(part.colours.subarray(row * part.width, row * part.width + width), (y + row) * onto.width + x);
}

/** PNG of a picture, without losses. */
export async function encodePicture({ width, height, colours }: Picture): Promise<Buffer> {
  const { encode } = await import('fast-png');
  const data = new Uint8Array(width * height * 3);
  colours.forEach((colour, at) => {
    data[at * 3] = colour >> 16;
    data[at * 3 + 1] = (colour >> 8) & 0xff;
    data[at * 3 + 2] = colour & 0xff;
  });
  return Buffer.from(encode({ width, height, data, channels: 3, depth: 8 }));
}

/** A picture as it is recorded: whole, or the part that changed. */
export interface Shot {
  png: Buffer;
  at?: { x: number; y: number };
}

/** Smaller pictures (text screens) are kept whole: taking them apart costs more than it saves. */
const smallBytes = 24 * 1024;
/** A part that is nearly the whole saves nothing. */
const mostOfIt = 0.6;

/** Tells of each picture of one screen what is new in it. */
export function createShots(): {
  next(png: Buffer): Promise<Shot | undefined>;
  /** The last picture as a whole. */
  readonly last: Buffer | undefined;
} {
  let last: Buffer | undefined;
  let known: Picture | undefined;
  return {
    get last() {
      return last;
    },
    async next(png) {
      const before = last;
      last = png;
      if (png.length < smallBytes) {
        known = undefined;
        return { png };
      }
      const now = await decodePicture(png);
      const base = known ?? (before && (await decodePicture(before)));
      known = now;
      if (base?.width !== now.width || base.height !== now.height) return { png };
      const area = changedArea(base, now);
      if (!area) return undefined;
      if (area.width * area.height > mostOfIt * now.width * now.height) return { png };
      const part = await encodePicture(cut(now, area));
      return part.length < png.length ? { png: part, at: { x: area.x, y: area.y } } : { png };
    },
  };
}

/** One picture made of a whole one and the parts that came after it. Rejects with `picture-unreadable`. */
export async function compose(shots: readonly Shot[]): Promise<Buffer | undefined> {
  const from = shots.findLastIndex(({ at }) => at === undefined);
  const whole = shots[from];
  if (!whole) return undefined;
  const parts = shots.slice(from + 1);
  if (parts.length === 0) return whole.png;
  const picture = await decodePicture(whole.png);
  for (const { png, at } of parts) if (at) draw(picture, await decodePicture(png), at);
  return encodePicture(picture);
}
