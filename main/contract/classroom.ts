import { z } from 'zod';
import type { ListUpdate } from './machine.ts';
import { fingerprintSchema } from './box/words.ts';
import { classNameSchema, consoleKinds, plainLine, seatIdSchema, seatNameSchema } from './class-seat.ts';
import type { SeatNow, SeatPicture } from './class-seat.ts';
import { labNameSchema, partNameSchema } from './labs/words.ts';
import type { Problem } from './problem.ts';
import { call, pipe, stream } from './procedure.ts';

/** The class that this Hearth holds. */
export interface HeldClass {
  id: string;
  name: string;
  teacher: string;
  /** Whether seats are asked before they go back to a step. */
  askFirst: boolean;
  /** ISO 8601. */
  openedAt: string;
  /** Where seats find it, with the port where it is not the usual one; the likeliest first. */
  addresses: string[];
  port: number;
  fingerprint: string;
  /** Absent: nobody joins now. */
  code?: { digits: string; until: string };
  /** After too many wrong codes: ISO 8601, when there is another one. */
  waitUntil?: string;
  /** Why nobody can reach it now. */
  problem?: Problem;
}
export interface SeatRow {
  id: string;
  name: string;
  /** ISO 8601. */
  joinedAt: string;
  state: 'here' | 'away';
  /** ISO 8601: of `state`. */
  since: string;
  /** What it said last. */
  now?: SeatNow;
  /** It said something that no seat says, and was cut off. */
  problem?: Problem;
}
export interface SeatPictures {
  seat: string;
  pictures: SeatPicture[];
}

/** What a class asks a person at a seat. */
export interface SeatQuestion {
  id: string;
  /** ISO 8601. */
  at: string;
  ask:
    | { what: 'step'; lab: string; step: string; title: string }
    | { what: 'lab'; name: string; title: string; summary: string; steps: number; replaces?: { version: string; origin: string } };
} // prettier-ignore
/** The class that this Hearth is a seat of. */
export interface OwnSeat {
  className: string;
  teacher: string;
  seatName: string;
  address: string;
  askFirst: boolean;
  /** over: it ended, or the seat was removed. changed: another key answers, nothing is sent there. */
  state: 'connecting' | 'here' | 'away' | 'changed' | 'over';
  /** ISO 8601: of `state`. */
  since: string;
  problem?: Problem;
  help?: NonNullable<SeatNow['help']>;
  /** Pictures of the lab's screens are looked at now. */
  looking: boolean;
  taken?: NonNullable<SeatNow['taken']>;
  questions: SeatQuestion[];
  messages: { id: string; at: string; text: string }[];
}
export interface FoundClass {
  address: string;
  name: string;
}

const none = z.strictObject({});
const seat = z.strictObject({ seat: seatIdSchema });
const address = z.string().min(1).max(260);

/** Labs in a class: this Hearth holds one, or is a seat of one. */
export const classroomProcedures = {
  /** The class that is held here; undefined: none. */
  held: stream<HeldClass | undefined>()(none),
  seats: stream<ListUpdate<SeatRow>>()(none),
  open: call<void>()(
    z.strictObject({
      name: classNameSchema,
      teacher: seatNameSchema,
      askFirst: z.boolean().default(true),
      /** 0: any free one. */
      port: z.number().int().min(0).max(65_535).optional(),
    }),
  ),
  /** Ends it for everybody. */
  close: call<void>()(none),
  /** A new code, or none any more. */
  code: call<void>()(z.strictObject({ show: z.boolean() })),
  remove: call<void>()(seat),
  /** message: a line for the person there. coming: their turn is next. helped: takes their wish for help back. */
  tell: call<void>()(seat.extend({ kind: z.enum(['message', 'coming', 'helped']), text: plainLine(300).optional() })),
  sendBack: call<{ asked: boolean }>()(seat.extend({ lab: labNameSchema, step: partNameSchema })),
  /** A lab of this library, to be kept there. */
  sendLab: call<void>()(seat.extend({ lab: labNameSchema })),
  /** Of all seats that are here, or of one: its machines. */
  pictures: stream<SeatPictures>()(z.strictObject({ seat: seatIdSchema.optional() })),
  console: pipe(seat.extend({ machine: z.string().max(63), kind: z.enum(consoleKinds) })),

  /** The seat that this Hearth has; undefined: none. */
  seat: stream<OwnSeat | undefined>()(none),
  /** Announced in the network while somebody watches; hints, nothing is proven. */
  found: stream<FoundClass[]>()(none),
  /** Who says there is a class at an address. Nothing is proven. */
  look: call<{ name: string; teacher: string; open: boolean; fingerprint: string }>()(z.strictObject({ address })),
  join: call<void>()(
    z.strictObject({
      address,
      code: z.string().regex(/^\d{8}$/, 'Eight digits.'),
      name: seatNameSchema,
      /** What was shown: nothing else is joined. */
      fingerprint: fingerprintSchema.optional(),
    }),
  ),
  leave: call<void>()(none),
  /** Without text: the wish is taken back. */
  help: call<void>()(z.strictObject({ text: plainLine(300).optional() })),
  answer: call<{ taskId?: string; lab?: string }>()(z.strictObject({ id: z.string().max(50), accept: z.boolean() })),
  /** Ends what the class does at a console of this seat. */
  takeBack: call<void>()(none),
  /** Forgets a message that was read. */
  read: call<void>()(z.strictObject({ id: z.string().max(50) })),
} as const;
