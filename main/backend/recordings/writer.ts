import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { turns } from '../shared-file.ts';
import { packSegment } from './format.ts';
import type { EventsOf, Header, SegmentKind } from './format.ts';

/** Milliseconds of events that a killed Hearth may lose. */
const segmentMs = 10_000;
/** Characters of events that wait for their segment. */
const segmentSize = 1024 * 1024;

/** Appends events to a recording's file, a segment at a time. */
export interface Writer {
  /** Events of each kind come in the order of their times. */
  add<Kind extends 'text' | 'screens'>(kind: Kind, event: EventsOf[Kind]): void;
  /** Writes what waits, and the end. The file is closed then. */
  finish(t: number, cut?: string): Promise<void>;
  /** Bytes in the file. */
  readonly size: number;
}

/**
 * Makes the file; throws when there is one already. `whole` gives the pictures of all screens, the newest included: a segment of
 * screens begins with them.
 * `wrote` is told after each segment, with the error where it could not be written: nothing is added then any more.
 */
export async function createWriter(
  path: string,
  header: Header,
  told: { whole: (t: number) => EventsOf['screens'][]; wrote: (error?: unknown) => void },
): Promise<Writer> {
  const file = await open(path, 'wx', 0o600);
  const first = Buffer.from(`${JSON.stringify(header)}\n`);
  try {
    await file.writeFile(first);
  } catch (error) {
    await file.close();
    throw error;
  }
  const inTurn = turns();
  let size = first.length;
  let failed = false;
  const waiting: { text: EventsOf['text'][]; screens: EventsOf['screens'][] } = { text: [], screens: [] };
  const weight = { text: 0, screens: 0 };
  const timers: { text?: NodeJS.Timeout; screens?: NodeJS.Timeout } = {};

  const append = (kind: SegmentKind, events: readonly EventsOf[SegmentKind][]): Promise<void> =>
    inTurn(async () => {
      if (failed) return;
      try {
        const bytes = await packSegment(kind, events);
        await writeAll(file, bytes);
        await file.datasync();
        size += bytes.length;
        told.wrote();
      } catch (error) {
        failed = true;
        told.wrote(error);
      }
    });
  function flush(kind: 'text' | 'screens'): Promise<void> {
    clearTimeout(timers[kind]);
    delete timers[kind];
    const events: EventsOf[typeof kind][] = waiting[kind].splice(0);
    weight[kind] = 0;
    return events.length > 0 ? append(kind, events) : Promise.resolve();
  }
  return {
    get size() {
      return size;
    },
    add(kind, event) {
      if (failed) return;
      const list = waiting[kind] as EventsOf[typeof kind][];
      const first = list.length === 0;
      if (first) timers[kind] = setTimeout(() => void flush(kind), segmentMs);
      // The whole pictures of now have what this event brings.
      if (first && kind === 'screens') waiting.screens.push(...told.whole(event.t));
      else list.push(event);
      weight[kind] += 'png' in event ? event.png.length : 'data' in event ? event.data.length : event.text.length;
      if (weight[kind] > segmentSize) void flush(kind);
    },
    async finish(t, cut) {
      await Promise.all([flush('text'), flush('screens')]);
      await append('end', [{ kind: 'end', t, ...(cut !== undefined && { cut }) }]);
      await inTurn(() => file.close());
    },
  };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += (await file.write(bytes, done)).bytesWritten;
}
