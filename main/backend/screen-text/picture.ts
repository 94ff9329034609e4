import { ProblemError } from '../../contract/problem.ts';

/** A picture as 24-bit colours, row by row. */
export interface Picture {
  width: number;
  height: number;
  colours: Uint32Array;
}

/** Screens are smaller; a larger picture is not decoded at all. */
const mostPixels = 8192 * 4320;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Decodes a PNG. Rejects with `picture-unreadable` for anything else. */
export async function decodePicture(bytes: Buffer): Promise<Picture> {
  const [width, height] = bytes.length > 24 ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : [0, 0];
  if (!bytes.subarray(0, 8).equals(signature)) throw unreadable('It is no PNG.');
  if (width * height === 0 || width * height > mostPixels) throw unreadable(`It has ${width}x${height} pixels.`);
  const { convertIndexedToRgb, decode } = await import('fast-png');
  let image: ReturnType<typeof decode>;
  try {
    image = decode(bytes);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
  const channels = image.palette ? (image.palette[0]?.length ?? 3) : image.channels;
  const data = image.palette ? convertIndexedToRgb(image) : image.data;
  const shift = image.depth === 16 ? 8 : 0;
  const grey = channels < 3;
  const colours = new Uint32Array(width * height);
  for (let pixel = 0, at = 0; pixel < colours.length; pixel += 1, at += channels) {
    const red = (data[at] ?? 0) >> shift;
    colours[pixel] = grey ? red * 0x010101 : (red << 16) | (((data[at + 1] ?? 0) >> shift) << 8) | ((data[at + 2] ?? 0) >> shift); // prettier-ignore
  }
  return { width, height, colours };
}

const unreadable = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    { code: 'picture-unreadable', title: 'The picture of the screen cannot be read', detail },
    { cause },
  );
