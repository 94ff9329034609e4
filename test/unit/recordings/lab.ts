import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { packSegment } from '../../../main/backend/recordings/format.ts';
import type { EventsOf, SegmentKind } from '../../../main/backend/recordings/format.ts';
import type { Log } from '../../../main/backend/log.ts';
import { encodePicture } from '../../../main/backend/recordings/pictures.ts';
import { decodePicture } from '../../../main/backend/screen-text/picture.ts';
import type { Picture } from '../../../main/backend/screen-text/picture.ts';

export const silent = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Log;

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hearth-recordings-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A picture full of noise that is always the same for one seed: its PNG is never small. */
export function noise(width: number, height: number, seed = 1): Picture {
  let state = seed;
  const colours = Uint32Array.from({ length: width * height }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 8;
  });
  return { width, height, colours };
}
/** The same picture with a rectangle of one colour in it. */
export function withBlock(picture: Picture, x: number, y: number, side: number, colour: number): Picture {
  const colours = picture.colours.slice();
  for (let row = y; row < y + side; row += 1) colours.fill(colour, row * picture.width + x, row * picture.width + x + side);
  return { ...picture, colours };
} // prettier-ignore

export const png = async (picture: Picture): Promise<string> => (await encodePicture(picture)).toString('base64');
export const pixels = async (base64: string | null | undefined): Promise<Picture> =>
  decodePicture(Buffer.from(base64 ?? '', 'base64'));

export const header = (more: object = {}): string =>
  `${JSON.stringify({ hearthrec: 1, startedAt: '2026-11-22T10:00:00.000Z', machines: [{ namespace: 'default', name: 'web' }], ...more })}\n`;
export const serial = (t: number, text: string): EventsOf['text'] => ({ kind: 'serial', t, machine: 0, data: Buffer.from(text).toString('base64') }); // prettier-ignore
/** A file by its parts. */
export async function fileOf(
  first: string,
  ...segments: readonly { [Kind in SegmentKind]: [Kind, EventsOf[Kind][]] }[SegmentKind][]
): Promise<Buffer> {
  const packed = await Promise.all(segments.map(([kind, events]) => packSegment(kind, events)));
  return Buffer.concat([Buffer.from(first), ...packed]);
}
export const end = (t: number): ['end', EventsOf['end'][]] => ['end', [{ kind: 'end', t }]];
