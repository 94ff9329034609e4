import { z } from 'zod';
import { labNameSchema } from './labs/words.ts';
import type { ListUpdate } from './machine.ts';
import { objectRefSchema } from './machine-ref.ts';
import type { ObjectRef } from './machine-ref.ts';
import type { Problem } from './problem.ts';
import { call, pipe, stream } from './procedure.ts';

/** Ending of a recording's file. */
export const recordingEnding = '.hearthrec';
/** Machines of one recording at most. */
export const mostMachines = 8;
/** Bytes of a file from somebody else at most. */
export const recordingFileLimit = 1024 ** 3;

/** A recording is known by the name of its file: what every file system takes. */
export const recordingNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}/\\:*?"<>|%.][^\p{Cc}/\\:*?"<>|%]*$/u, 'Not: / \\ : * ? " < > | %, and no dot at the beginning.');

export interface RecordingRow {
  name: string;
  state: 'recording' | 'whole' | 'damaged';
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  /** Bytes on disk. */
  size: number;
  machines: ObjectRef[];
  /** Name of the lab that ran. */
  lab?: string;
  /** Why it ends earlier than anybody wished. */
  cut?: string;
  /** Why it cannot be played. */
  problem?: Problem;
}

export const markKinds = ['opened', 'passed', 'skipped', 'back', 'action', 'machine', 'note'] as const;
export type MarkKind = (typeof markKinds)[number];
/** A moment that somebody will look for. */
export interface RecordingMark {
  /** Milliseconds since the beginning. */
  t: number;
  kind: MarkKind;
  text: string;
}
/** What happened at `t` milliseconds. `machine`: its place in the row's list. Bytes are base64. */
export type RecordedEvent =
  | { kind: 'serial'; t: number; machine: number; data: string }
  /** A picture of the whole screen, or (with `at`) of the part of it that changed. */
  | { kind: 'picture'; t: number; machine: number; png: string; at?: { x: number; y: number } | undefined };

/** How everything looks at one moment; `null`: not seen yet. */
export interface RecordingMoment {
  t: number;
  machines: {
    /** PNG, base64: the same pixels as a screenshot of that moment. */
    png: string | null;
    /** The last bytes of its serial console up to then, base64. */
    serial: string;
  }[];
}
export interface RecordingDetail {
  row: RecordingRow;
  marks: RecordingMark[];
}

const recording = z.strictObject({ name: recordingNameSchema });
const ms = z.number().int().min(0).max(1_000_000_000);

/** Recordings of screens and serial consoles, kept as files of the data folder. */
export const recordingProcedures = {
  watch: stream<ListUpdate<RecordingRow>>()(z.strictObject({})),
  /** Records machines of the current target until `stop`, or until there is no room or no time left. */
  start: call<{ name: string }>()(
    z.strictObject({
      machines: z.array(objectRefSchema).min(1).max(mostMachines),
      lab: labNameSchema.optional(),
      name: recordingNameSchema.optional(),
    }),
  ),
  stop: call<{ name: string }>()(recording),
  /** A mark at this moment of a recording that goes on. */
  mark: call<void>()(recording.extend({ text: z.string().trim().min(1).max(200) })),
  look: call<RecordingDetail>()(recording),
  readMoment: call<RecordingMoment>()(recording.extend({ at: ms })),
  /** What happened from `from` on (inclusive) up to `to`, in order; `next` is where to go on, absent at the end. */
  readEvents: call<{ events: RecordedEvent[]; next?: number }>()(recording.extend({ from: ms, to: ms })),
  rename: call<void>()(recording.extend({ to: recordingNameSchema })),
  /** It can be had back by `undo` for an hour, as long as this Hearth runs. */
  remove: call<{ undo: string }>()(recording),
  /** What `remove` took away; under another name where its own is taken by now. */
  restore: call<{ name: string }>()(z.strictObject({ undo: z.uuid() })),
  /** Bytes of the file itself, or of one machine's serial console as asciicast v2. */
  export: pipe(
    recording.extend({ as: z.enum(['recording', 'asciicast']), machine: z.number().int().min(0).max(mostMachines - 1).default(0) }),
  ),
  /** Takes a file of `size` bytes; answers `{"name":…}` when all of it came and was found right. */
  import: pipe(recording.extend({ size: z.number().int().min(1).max(recordingFileLimit) })),
} as const; // prettier-ignore
