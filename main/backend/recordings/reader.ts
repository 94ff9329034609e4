import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { RecordedEvent, RecordingMark, RecordingMoment } from '../../contract/recordings.ts';
import { damaged, headerLimit, headerSchema, headSize, readHead, unpackSegment } from './format.ts';
import type { EndEvent, EventsOf, Head, Header, SegmentKind } from './format.ts';
import { compose } from './pictures.ts';

/** Segments of a file at most: a day of both kinds. */
const mostSegments = 50_000;
/** Bytes of a serial console that are enough to see how it looked. */
export const serialTail = 64 * 1024;
/** Characters of one answer at most: what a page asks for next comes with the next one. */
const answerSize = 3 * 1024 * 1024;
/** What no recording of ours holds between two segments. */
const mostAtOnce = 128 * 1024 * 1024;

interface Segment extends Head {
  /** Where its body begins in the file. */
  at: number;
}
/** What is in a file, found by the heads of its segments. */
export interface Index {
  header: Header;
  segments: Segment[];
  /** Absent where the file was cut off. */
  end?: EndEvent;
  /** Bytes up to the end of the last whole segment. */
  wholeBytes: number;
  /** Milliseconds up to its last event. */
  length: number;
}

/** Reads the heads of a file. What follows the last whole segment is not looked at. Throws `recording-damaged`. */
export async function readIndex(file: FileHandle): Promise<Index> {
  const { header, after } = await readHeader(file);
  const { size } = await file.stat();
  const segments: Segment[] = [];
  const last: Record<SegmentKind, number> = { text: 0, screens: 0, end: 0 };
  let end: EndEvent | undefined;
  let at = after;
  while (end === undefined && at + headSize <= size && segments.length < mostSegments) {
    const head = readHead(await bytesAt(file, at, headSize));
    if (!head || at + headSize + head.length > size || head.from < last[head.kind]) break;
    const segment = { ...head, at: at + headSize };
    if (head.kind === 'end') [end] = await eventsOf(file, { ...segment, kind: 'end' }, header);
    else segments.push(segment);
    last[head.kind] = head.to;
    at = segment.at + head.length;
  }
  return { header, segments, wholeBytes: at, length: Math.max(end?.t ?? 0, last.text, last.screens), ...(end && { end }) };
} // prettier-ignore

async function readHeader(file: FileHandle): Promise<{ header: Header; after: number }> {
  const start = await bytesAt(file, 0, headerLimit);
  const after = start.indexOf(0x0a);
  if (after === -1) throw damaged('It does not begin like one.');
  let value: unknown;
  try {
    value = JSON.parse(start.toString('utf8', 0, after));
  } catch (error) {
    throw damaged('It does not begin like one.', error);
  }
  const version = (value as { hearthrec?: unknown } | null)?.hearthrec;
  if (typeof version === 'number' && version > 1) throw damaged('A later version of Hearth made it.');
  const checked = headerSchema.safeParse(value);
  if (!checked.success) throw damaged('It does not say what was recorded.', checked.error);
  return { header: checked.data, after: after + 1 };
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

async function eventsOf<Kind extends SegmentKind>(file: FileHandle, segment: Segment & { kind: Kind }, header: Header): Promise<EventsOf[Kind][]> {
  return unpackSegment(segment, await bytesAt(file, segment.at, segment.length), header.machines.length);
} // prettier-ignore

/** A recording that is whole, as it is played. Each call opens the file for itself: it may have gone meanwhile. */
export interface Reader {
  readonly index: Index;
  marks(): Promise<RecordingMark[]>;
  moment(at: number): Promise<RecordingMoment>;
  /** In order, from `from` (inclusive) up to `to`; `next` is where to go on, absent where nothing is left before `to`. */
  events(from: number, to: number): Promise<{ events: RecordedEvent[]; next?: number }>;
  /** Serial console of one machine and marks, in order, piece by piece. */
  text(): AsyncGenerator<EventsOf['text']>;
  /** Throws `recording-damaged` when anything in it is not right. */
  check(): Promise<void>;
}

/** Throws `recording-damaged`, and `ENOENT` where there is none. */
export async function openReader(path: string): Promise<Reader> {
  const index = await using(path, readIndex);
  const { header, segments } = index;
  const of = <Kind extends 'text' | 'screens'>(kind: Kind): (Segment & { kind: Kind })[] =>
    segments.filter((each): each is Segment & { kind: Kind } => each.kind === kind);
  const texts = of('text');
  const screens = of('screens');
  async function* text(): AsyncGenerator<EventsOf['text']> {
    for (const segment of texts) yield* await using(path, (file) => eventsOf(file, segment, header));
  }
  return {
    index,
    text,
    async marks() {
      const marks: RecordingMark[] = [];
      for await (const event of text())
        if (event.kind === 'mark' && marks.length < 10_000) marks.push({ t: event.t, kind: event.mark, text: event.text });
      return marks;
    },
    moment: (at) =>
      using(path, async (file) => {
        const pictures = screens.findLast(({ from }) => from <= at);
        const drawn = pictures ? (await eventsOf(file, pictures, header)).filter(({ t }) => t <= at) : [];
        const tails = header.machines.map(() => [] as Buffer[]);
        for (const segment of texts.filter(({ from }) => from <= at).toReversed()) {
          const events = (await eventsOf(file, segment, header)).filter(({ t }) => t <= at).toReversed();
          for (const event of events) if (event.kind === 'serial') tails[event.machine]?.unshift(Buffer.from(event.data, 'base64'));
          if (tails.every((tail) => tail.reduce((sum, { length }) => sum + length, 0) >= serialTail)) break;
        }
        const machines = await Promise.all(
          header.machines.map(async (_each, machine) => {
            const shots = drawn.filter((event) => event.machine === machine);
            const picture = await compose(shots.map(({ png, at: where }) => ({ png: Buffer.from(png, 'base64'), ...(where && { at: where }) })));
            return { png: picture?.toString('base64') ?? null, serial: lastOf(Buffer.concat(tails[machine] ?? []), serialTail).toString('base64') };
          }),
        );
        return { t: at, machines };
      }),
    events: (from, to) =>
      using(path, async (file) => {
        const wanted = segments.filter((each) => each.to >= from && each.from < to).toSorted((a, b) => a.from - b.from);
        const found: RecordedEvent[] = [];
        let size = 0;
        let next: number | undefined;
        for (const segment of wanted) {
          // All that is left begins here or later: what came before is complete.
          if (size > answerSize && segment.from > from) {
            next = segment.from;
            break;
          }
          if (size > mostAtOnce) throw damaged('Too much happens in it at one time.');
          for (const event of await eventsOf(file, segment as Segment & { kind: 'text' | 'screens' }, header))
            if (event.kind !== 'mark' && event.t >= from && event.t < to) {
              found.push(event);
              size += 100 + ('png' in event ? event.png.length : event.data.length);
            }
        }
        const events = found.toSorted((a, b) => a.t - b.t);
        const until = next;
        return until === undefined ? { events } : { events: events.filter(({ t }) => t < until), next: until };
      }),
    check: () =>
      using(path, async (file) => {
        if (!index.end) throw damaged('Its end is missing.');
        for (const segment of segments) await eventsOf(file, segment as Segment & { kind: 'text' | 'screens' }, header);
      }),
  };
} // prettier-ignore

async function using<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** The end of a console's bytes, from the beginning of a line on where there is one. Pure. */
export function lastOf(bytes: Buffer, most: number): Buffer {
  if (bytes.length <= most) return bytes;
  const end = bytes.subarray(bytes.length - most);
  return end.subarray(end.indexOf(0x0a) + 1);
}
