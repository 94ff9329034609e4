import { z } from 'zod';
import { fingerprintSchema } from './box/words.ts';
import { labFileLimit } from './labs/file.ts';
import { labNameSchema, partNameSchema } from './labs/words.ts';
import { call, pipe, stream } from './procedure.ts';

/**
 * What two Hearths of a class say to each other. Over TLS with pinned keys, at a port of the class's own: `GET /class/hello`,
 * then SPAKE2+ by the code (`POST /class/join`, `/class/join/confirm`), which gives the seat a token; with it and the seat's
 * certificate `GET /class/seat` becomes a WebSocket, and `POST /class/leave` gives the seat up. Over the WebSocket the seat
 * answers `seatProtocol` and asks nothing. All that a seat can be asked is in there.
 */
export const classPort = 8444;
/** DNS-SD type; its TXT records (id, name, v) are hints only. */
export const classService = { type: 'hearth-class', protocol: 'tcp' } as const;

/** One line for people: no control characters, nothing that turns the direction of what follows. */
export const plainLine = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'One line of plain text.');
const base64 = z.string().max(200).regex(/^[A-Za-z0-9_-]+$/, 'base64url'); // prettier-ignore
const time = z.iso.datetime();
export const seatNameSchema = plainLine(60);
export const classNameSchema = plainLine(80);
export const seatIdSchema = z.string().regex(/^[0-9a-f]{16}$/);
export const classIdSchema = z.string().regex(/^[0-9a-f]{32}$/);
/** 256 random bits. */
export const seatTokenSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** Name of a machine. */
const machineName = z.string().min(1).max(63).regex(/^[a-z0-9.-]+$/); // prettier-ignore
export const consoleKinds = ['screen', 'serial'] as const;

export const classHelloSchema = z.object({
  classId: classIdSchema,
  name: classNameSchema,
  teacher: seatNameSchema,
  /** Whether a code is good now. */
  open: z.boolean(),
});
export type ClassHello = z.infer<typeof classHelloSchema>;

/** The seat is the prover, the class the verifier; see boxes/pairing. */
export const joinClassSchema = z.strictObject({ name: seatNameSchema, share: base64 });
export const joinShareSchema = z.object({ attempt: base64, share: base64, confirm: base64 });
export const confirmJoinSchema = z.strictObject({ attempt: base64, confirm: base64 });
export const joinedSchema = z.object({
  classId: classIdSchema,
  name: classNameSchema,
  teacher: seatNameSchema,
  seat: seatIdSchema,
  /** As the class calls it: another number behind it where two have one name. */
  seatName: seatNameSchema,
  token: seatTokenSchema,
  /** Whether the seat is asked before it goes back to a step. What is agreed on here stays so for this seat. */
  askFirst: z.boolean(),
});
export type JoinedClass = z.infer<typeof joinedSchema>;

const stepNow = z.object({
  id: partNameSchema,
  title: z.string().max(200),
  state: z.enum(['closed', 'open', 'passed', 'skipped']),
  /** There is a checkpoint of its beginning. */
  checkpoint: z.boolean(),
});
/** The lab that runs at a seat. */
export const seatLabSchema = z.object({
  lab: labNameSchema,
  title: z.string().max(200),
  state: z.enum(['starting', 'running', 'rewinding', 'finished', 'ending', 'failed']),
  /** Index of the open step. */
  step: z.number().int().min(0).max(1000),
  steps: z.array(stepNow).max(100),
  /** Of the open step. */
  checks: z.array(z.object({ title: z.string().max(200), state: z.enum(['waiting', 'passed', 'failed', 'trouble']) })).max(50),
  score: z.object({ reached: z.number().int().min(0).max(1e9), of: z.number().int().min(0).max(1e9) }),
  /** That somebody worked on it, as of `at`. */
  seconds: z.number().min(0).max(1e9),
  at: time,
  machines: z.array(z.object({ name: machineName, running: z.boolean() })).max(32),
  problem: z.string().max(300).optional(),
}); // prettier-ignore
export type SeatLab = z.infer<typeof seatLabSchema>;

/** Everything that a class sees of a seat but its pictures. */
export const seatNowSchema = z.object({
  lab: seatLabSchema.optional(),
  help: z.object({ text: z.string().max(300), at: time, coming: z.boolean() }).optional(),
  /** The console that the class has now. */
  taken: z.object({ machine: machineName, kind: z.enum(consoleKinds) }).optional(),
  /** How the last thing stands that the seat was asked for. */
  asked: z
    .object({
      what: z.enum(['step', 'lab']),
      title: z.string().max(200),
      state: z.enum(['waiting', 'accepted', 'declined', 'failed']),
      at: time,
      told: z.string().max(300).optional(),
    })
    .optional(),
});
export type SeatNow = z.infer<typeof seatNowSchema>;

/** Characters of a thumbnail at most (base64 of a PNG), and its width in pixels. */
export const thumbnailLimit = 200_000;
export const thumbnailWidth = 320;
export const seatPictureSchema = z.object({
  machine: machineName,
  at: time,
  png: z
    .string()
    .max(thumbnailLimit)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
    .optional(),
  /** Why there is none. */
  problem: z.string().max(300).optional(),
});
export type SeatPicture = z.infer<typeof seatPictureSchema>;

const none = z.strictObject({});
/** Everything that a class can ask of a seat; the seat's Hearth answers nothing else to it. */
export const seatProtocol = {
  now: stream<SeatNow>()(none),
  /** Of machines of the running lab; at most one in two seconds of each. The seat is told that somebody looks. */
  pictures: stream<SeatPicture[]>()(
    z.strictObject({
      machines: z.number().int().min(1).max(8),
      everyMs: z.number().int().min(2000).max(60_000).default(2000),
    }),
  ),
  /** The console of a machine of the running lab. One at a time; the seat is told and can end it. */
  console: pipe(z.strictObject({ machine: machineName, kind: z.enum(consoleKinds) })),
  tell: call<void>()(
    z.strictObject({ kind: z.enum(['message', 'coming', 'helped']), text: plainLine(300).optional() }),
  ),
  /** Back to the beginning of a step of the running lab, at once only where that was agreed on. */
  goBack: call<{ asked: boolean }>()(z.strictObject({ lab: labNameSchema, step: partNameSchema })),
  /** A lab file: looked at, then kept when the person there says so. */
  takeLab: call<void>()(z.strictObject({ text: z.string().max(labFileLimit) })),
  /** The class is over, or the seat was removed. */
  over: call<void>()(z.strictObject({ why: z.enum(['ended', 'removed']) })),
} as const;
export type SeatProtocol = typeof seatProtocol;
export { fingerprintSchema };
