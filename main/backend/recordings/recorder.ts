import type { Picture } from '../../contract/consoles.ts';
import type { LabRun } from '../../contract/labs/run.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import { asProblem } from '../../contract/problem.ts';
import type { MarkKind } from '../../contract/recordings.ts';
import type { Log } from '../log.ts';
import type { EventsOf, Header } from './format.ts';
import { labMarks } from './lab-marks.ts';
import { createShots } from './pictures.ts';
import { lastOf, serialTail } from './reader.ts';
import { createWriter } from './writer.ts';
import type { Writer } from './writer.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds from one picture to the next while a screen changes; one that stays the same is looked at less often. */
const pictureMs = 200;

export interface RecordedThings {
  serial(ref: ObjectRef): Promise<BytePipe>;
  /** Undefined where the target gives no pictures; `why` says so. */
  pictures: ((wanted: { machines: ObjectRef[]; everyMs: number }, signal: AbortSignal) => AsyncIterable<Picture[]>) | { why: string };
  lab?: (signal: AbortSignal) => AsyncIterable<LabRun | undefined>;
  /** Title of a piece of work of a lab. */
  taskTitle: (id: string) => string | undefined;
} // prettier-ignore
export interface Limits {
  /** Bytes of the file at most. */
  bytes: number;
  minutes: number;
  /** Bytes that stay free on the disk. */
  keepFree: number;
  /** Bytes that are free now. */
  free: () => Promise<number>;
  /** Milliseconds between two looks at them. */
  lookMs: number;
}
/** A recording that goes on. */
export interface Recorder {
  readonly header: Header;
  readonly seconds: number;
  readonly size: number;
  mark(kind: MarkKind, text: string): void;
  /** Ends it. `cut` says why where nobody wished it. */
  finish(cut?: string): Promise<void>;
  /** Settles when it ended, by `finish` or by itself. */
  readonly over: Promise<void>;
}

/** Begins to record into a new file. Throws where that cannot be made. */
export async function record(parts: {
  path: string;
  header: Header;
  from: RecordedThings;
  limits: Limits;
  /** Told after each segment, and at the end. */
  changed: () => void;
  log: Log;
}): Promise<Recorder> {
  const { header, from, limits, log } = parts;
  const stop = new AbortController();
  const { signal } = stop;
  const over = Promise.withResolvers<void>();
  const began = Date.parse(header.startedAt);
  const since = monotonic();
  const shots = header.machines.map(() => createShots());
  let ending: Promise<void> | undefined;
  const last = { text: 0, screens: 0 };
  /** Milliseconds since the beginning; the times of a kind never go back, whatever the clock does. */
  const now = (): number => began + monotonic() - since;
  /** When a picture was taken; where the clock was set meanwhile: now. */
  const near = (at: number): number => (Math.abs(at - now()) < 60_000 ? at : now());
  const timeOf = (kind: keyof typeof last, at = now()): number =>
    (last[kind] = Math.max(last[kind], Math.round(at - began)));

  const writer: Writer = await createWriter(parts.path, header, {
    whole: (t) =>
      shots.flatMap(({ last }, machine): EventsOf['screens'][] =>
        last ? [{ kind: 'picture', t, machine, png: last.toString('base64') }] : [],
      ),
    wrote(error) {
      parts.changed();
      if (error === undefined) return;
      log.error({ err: error, path: parts.path }, 'a recording could not be written');
      void finish('It could not be written any more.');
    },
  });
  const mark: Recorder['mark'] = (kind, text) =>
    writer.add('text', { kind: 'mark', t: timeOf('text'), mark: kind, text: text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300) }); // prettier-ignore
  function finish(cut?: string): Promise<void> {
    ending ??= (async () => {
      clearInterval(watching);
      stop.abort();
      for (const pipe of pipes) pipe.close();
      await writer.finish(Math.max(timeOf('text'), timeOf('screens')), cut);
      over.resolve();
    })();
    return ending;
  }

  const pipes: BytePipe[] = [];
  async function hear(ref: ObjectRef, machine: number): Promise<void> {
    const pipe = await from.serial(ref);
    pipes.push(pipe);
    if (signal.aborted) return pipe.close();
    for await (const chunk of pipe.readable) {
      if (signal.aborted) return;
      // What was said before is there at the beginning, as much as shows how the console looks.
      const bytes = lastOf(Buffer.from(chunk), chunk.length > serialTail ? serialTail : chunk.length);
      writer.add('text', { kind: 'serial', t: timeOf('text'), machine, data: bytes.toString('base64') });
    }
  }
  async function see(): Promise<void> {
    if (typeof from.pictures !== 'function') return mark('note', `No pictures: ${from.pictures.why}`);
    const machines = [...header.machines];
    const told = machines.map(() => '');
    for await (const pictures of from.pictures({ machines, everyMs: pictureMs }, signal))
      for (const { namespace, name, png, at, problem } of pictures) {
        const machine = machines.findIndex((ref) => ref.namespace === namespace && ref.name === name);
        if (problem !== undefined && told[machine] !== problem) mark('note', `No picture of ${name}: ${problem}`);
        if (machine !== -1) told[machine] = problem ?? '';
        if (png === undefined || signal.aborted) continue;
        const shot = await shots[machine]?.next(Buffer.from(png, 'base64'));
        if (shot)
          writer.add('screens', { kind: 'picture', t: timeOf('screens', near(Date.parse(at))), machine, png: shot.png.toString('base64'), ...(shot.at && { at: shot.at }) }); // prettier-ignore
      }
  }
  async function followLab(): Promise<void> {
    let before: LabRun | undefined;
    for await (const run of from.lab?.(signal) ?? []) {
      for (const { kind, text } of labMarks(before, run, from.taskTitle)) mark(kind, text);
      before = run;
    }
  }
  const follow = async (what: string, work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!signal.aborted) mark('note', `${what}: ${asProblem(error).detail}`);
    }
  };
  const watching = setInterval(() => void keepLimits(), limits.lookMs);
  async function keepLimits(): Promise<void> {
    if (writer.size > limits.bytes) return finish('The file came to its largest size.');
    if (now() - began > limits.minutes * 60_000) return finish(`It came to its longest time, ${limits.minutes} minutes.`);
    const free = await limits.free().catch(() => Infinity); // the next write tells what is wrong with the disk
    if (free < limits.keepFree) await finish('There was no more room on the disk.');
  } // prettier-ignore
  void follow('The lab is not followed any more', followLab());
  void Promise.all([
    ...header.machines.map((ref, machine) => follow(`The serial console of ${ref.name} is not heard`, hear(ref, machine))), // prettier-ignore
    follow('The screens are not seen any more', see()),
  ]).then(() => finish('The target went away.'));
  return {
    header,
    get seconds() {
      return Math.max(0, Math.floor((now() - began) / 1000));
    },
    get size() {
      return writer.size;
    },
    mark,
    finish,
    over: over.promise,
  };
}
