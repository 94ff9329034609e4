import { crc32, gunzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { z } from 'zod';
import { labNameSchema } from '../../contract/labs/words.ts';
import { objectRefSchema } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { markKinds, mostMachines } from '../../contract/recordings.ts';

// A file is one line of JSON that says what was recorded, then segments: a head of 24 bytes, and gzip'd lines of JSON, one
// an event. Text (serial consoles and marks) and screens have segments of their own, so that the serial consoles of an hour
// are read without its pictures. A segment of screens begins with whole pictures: it is looked into without the ones before.

/** The format that this version writes, and the only one it reads. */
export const formatVersion = 1;
/** Bytes of the first line at most. */
export const headerLimit = 64 * 1024;
export const headSize = 24;
/** Bytes of a segment at most, packed and unpacked: what a stranger's file may take of memory. */
export const segmentLimit = { packed: 32 * 1024 * 1024, unpacked: 32 * 1024 * 1024 };
/** Milliseconds that a recording may last at most: somewhat more than ten days. */
export const longestMs = 1_000_000_000;
const magic = 'HSEG';
const kinds = { text: 1, screens: 2, end: 3 } as const;
export type SegmentKind = keyof typeof kinds;

const line = (max: number) => z.string().max(max).regex(/^[^\p{Cc}]*$/u); // prettier-ignore
export const headerSchema = z.object({
  hearthrec: z.literal(formatVersion),
  startedAt: z.iso.datetime(),
  machines: z.array(objectRefSchema).min(1).max(mostMachines),
  lab: labNameSchema.optional(),
});
export type Header = z.output<typeof headerSchema>;

const t = z.number().int().min(0).max(longestMs);
const machine = z.number().int().min(0).max(mostMachines - 1); // prettier-ignore
const bytes = z.base64();
const side = z.number().int().min(0).max(16_383);
const serialSchema = z.object({ kind: z.literal('serial'), t, machine, data: bytes });
const markSchema = z.object({ kind: z.literal('mark'), t, mark: z.enum(markKinds), text: line(300) });
const pictureSchema = z.object({
  kind: z.literal('picture'), t, machine, png: bytes, at: z.object({ x: side, y: side }).optional(),
}); // prettier-ignore
const endSchema = z.object({ kind: z.literal('end'), t, cut: line(300).optional() });
export type SerialEvent = z.output<typeof serialSchema>;
export type MarkEvent = z.output<typeof markSchema>;
export type PictureEvent = z.output<typeof pictureSchema>;
export type EndEvent = z.output<typeof endSchema>;
export interface EventsOf {
  text: SerialEvent | MarkEvent;
  screens: PictureEvent;
  end: EndEvent;
}
const schemas: { [Kind in SegmentKind]: z.ZodType<EventsOf[Kind]> } = {
  text: z.discriminatedUnion('kind', [serialSchema, markSchema]),
  screens: pictureSchema,
  end: endSchema,
};

export interface Head {
  kind: SegmentKind;
  /** Milliseconds of its first and of its last event. */
  from: number;
  to: number;
  /** Bytes of its body. */
  length: number;
  crc: number;
}

/** One segment as it stands in the file. `events` are in order, and there is at least one. */
export async function packSegment<Kind extends SegmentKind>(kind: Kind, events: readonly EventsOf[Kind][]): Promise<Buffer> {
  const body = await promisify(gzip)(events.map((event) => JSON.stringify(event)).join('\n'), { level: 6 });
  const head = Buffer.alloc(headSize);
  head.write(magic, 'latin1');
  head.writeUInt8(kinds[kind], 4);
  head.writeUInt32BE(events[0]?.t ?? 0, 8);
  head.writeUInt32BE(events.at(-1)?.t ?? 0, 12);
  head.writeUInt32BE(body.length, 16);
  head.writeUInt32BE(crc32(body), 20);
  return Buffer.concat([head, body]);
} // prettier-ignore

/** Undefined for anything that is no head of a segment. Pure. */
export function readHead(bytes: Buffer): Head | undefined {
  if (bytes.length < headSize || bytes.toString('latin1', 0, 4) !== magic) return undefined;
  const kind = (Object.keys(kinds) as SegmentKind[]).find((each) => kinds[each] === bytes.readUInt8(4));
  const [from, to, length] = [bytes.readUInt32BE(8), bytes.readUInt32BE(12), bytes.readUInt32BE(16)];
  if (!kind || to < from || to > longestMs || length === 0 || length > segmentLimit.packed) return undefined;
  return { kind, from, to, length, crc: bytes.readUInt32BE(20) };
}

/** The events of a segment. Throws `recording-damaged` for anything else than what `packSegment` makes for a recording of so many machines. */
export async function unpackSegment<Kind extends SegmentKind>(
  head: Head & { kind: Kind },
  body: Buffer,
  machines: number,
): Promise<EventsOf[Kind][]> {
  if (body.length !== head.length || crc32(body) !== head.crc) throw damaged('A part of it is not as it was written.');
  let text: string;
  try {
    text = (await promisify(gunzip)(body, { maxOutputLength: segmentLimit.unpacked })).toString('utf8');
  } catch (error) {
    throw damaged('A part of it cannot be unpacked.', error);
  }
  const schema = schemas[head.kind];
  let before = head.from;
  return text.split('\n').map((line) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw damaged('A part of it is no JSON.', error);
    }
    const checked = schema.safeParse(value);
    if (!checked.success) throw damaged(`An event of it is not right: ${checked.error.issues[0]?.message ?? ''}`);
    const event = checked.data;
    if (event.t < before || event.t > head.to) throw damaged('The times in it are not in order.');
    if ('machine' in event && event.machine >= machines) throw damaged('It tells of a machine that it does not have.');
    before = event.t;
    return event;
  });
}

export const damaged = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'recording-damaged',
      title: 'The recording cannot be read',
      detail,
      cause: 'It is no recording of Hearth, it was changed, or its end is missing.',
      fix: 'Take it from where it came from again.',
    },
    { cause },
  );
