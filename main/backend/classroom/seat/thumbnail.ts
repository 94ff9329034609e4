import { thumbnailLimit, thumbnailWidth } from '../../../contract/class-seat.ts';
import { decodePicture } from '../../screen-text/picture.ts';
import type { Picture } from '../../screen-text/picture.ts';

/** A picture at most that wide, each pixel the mean of those it stands for. Pure. */
export function shrink(picture: Picture, most: number): Picture {
  const by = Math.max(1, picture.width / most);
  const width = Math.max(1, Math.floor(picture.width / by));
  const height = Math.max(1, Math.floor(picture.height / by));
  const colours = new Uint32Array(width * height);
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const [top, bottom] = [Math.floor(row * by), Math.max(Math.floor(row * by) + 1, Math.floor((row + 1) * by))];
      const [left, right] = [Math.floor(column * by), Math.max(Math.floor(column * by) + 1, Math.floor((column + 1) * by))]; // prettier-ignore
      let [red, green, blue, count] = [0, 0, 0, 0];
      for (let y = top; y < bottom && y < picture.height; y += 1)
        for (let x = left; x < right && x < picture.width; x += 1) {
          const colour = picture.colours[y * picture.width + x] ?? 0;
          red += (colour >> 16) & 0xff;
          green += (colour >> 8) & 0xff;
          blue += colour & 0xff;
          count += 1;
        }
      const mean = (sum: number): number => Math.round(sum / Math.max(1, count));
      colours[row * width + column] = (mean(red) << 16) | (mean(green) << 8) | mean(blue);
    }
  return { width, height, colours };
}

/** A screen's PNG (base64) as a small one; undefined when it cannot be made small enough. */
export async function thumbnail(png: string): Promise<string | undefined> {
  const { encode } = await import('fast-png');
  const picture = await decodePicture(Buffer.from(png, 'base64'));
  for (const width of [thumbnailWidth, thumbnailWidth / 2]) {
    const { colours, ...size } = shrink(picture, width);
    const data = new Uint8Array(colours.length * 3);
    colours.forEach((colour, at) => data.set([(colour >> 16) & 0xff, (colour >> 8) & 0xff, colour & 0xff], at * 3));
    const made = Buffer.from(encode({ ...size, data, channels: 3, depth: 8 })).toString('base64');
    if (made.length <= thumbnailLimit) return made;
  }
  return undefined;
}
