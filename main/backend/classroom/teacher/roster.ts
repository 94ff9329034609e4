import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { classIdSchema, classNameSchema, fingerprintSchema, seatIdSchema, seatNameSchema } from '../../../contract/class-seat.ts'; // prettier-ignore
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { sameBytes } from '../../boxes/pairing/same-bytes.ts';
import { denied, noClass, seatGone } from '../problems.ts';

const seatSchema = z.object({
  id: seatIdSchema,
  name: seatNameSchema,
  fingerprint: fingerprintSchema,
  /** SHA-256 of its token. */
  token: fingerprintSchema,
  joinedAt: z.iso.datetime(),
});
const heldSchema = z.object({
  id: classIdSchema,
  name: classNameSchema,
  teacher: seatNameSchema,
  askFirst: z.boolean(),
  port: z.number().int().min(1).max(65_535),
  openedAt: z.iso.datetime(),
  seats: z.array(seatSchema),
});
const fileSchema = z.object({ version: z.literal(1), held: heldSchema.optional() });
export type SeatEntry = z.infer<typeof seatSchema>;
export type HeldEntry = z.infer<typeof heldSchema>;

/** Seats of one class. */
export const mostSeats = 60;

/** The class that is held and who is in it, on disk before anybody is told. */
export interface Roster {
  readonly held: HeldEntry | undefined;
  begin(held: Omit<HeldEntry, 'id' | 'openedAt' | 'seats'>): Promise<HeldEntry>;
  /** It is reached at this port from now on. */
  moved(port: number): Promise<void>;
  end(): Promise<void>;
  /** A seat of the same certificate is replaced: it joined again. `token` is told once and kept nowhere. */
  add(seat: { name: string; fingerprint: string }): Promise<{ seat: SeatEntry; token: string }>;
  remove(id: string): Promise<void>;
  /** The seat whose token this is, shown by its own certificate. */
  find(token: string, fingerprint: string | undefined): SeatEntry | undefined;
}

export async function openRoster(file: string, log: Log): Promise<Roster> {
  let held = (await readJson(file, fileSchema, log))?.held;
  let turn: Promise<unknown> = Promise.resolve();
  const change = <T>(make: () => { held: HeldEntry | undefined; value: T }): Promise<T> => {
    const next = turn.then(async () => {
      const made = make();
      await writeJson(file, { version: 1, ...(made.held && { held: made.held }) });
      held = made.held;
      return made.value;
    });
    turn = next.catch(() => undefined); // whoever asked has the error
    return next;
  };
  const now = (): HeldEntry => {
    if (!held) throw noClass();
    return held;
  };
  return {
    get held() {
      return held;
    },
    begin: (wanted) =>
      change(() => {
        const begun = { ...wanted, id: randomBytes(16).toString('hex'), openedAt: new Date().toISOString(), seats: [] };
        return { held: begun, value: begun };
      }),
    moved: (port) => change(() => ({ held: { ...now(), port }, value: undefined })),
    end: () => change(() => ({ held: undefined, value: undefined })),
    add: ({ name, fingerprint }) =>
      change(() => {
        const { seats, ...rest } = now();
        const others = seats.filter((each) => each.fingerprint !== fingerprint);
        if (others.length >= mostSeats) throw denied('class-full', 'The class is full', `It has ${mostSeats} seats already.`, 'Ask the teacher to remove a seat that is not used.'); // prettier-ignore
        const token = randomBytes(32).toString('base64url');
        const seat: SeatEntry = {
          id: seats.find((each) => each.fingerprint === fingerprint)?.id ?? randomBytes(8).toString('hex'),
          name: freeName(name, others.map((each) => each.name)),
          fingerprint,
          token: hash(token),
          joinedAt: new Date().toISOString(),
        }; // prettier-ignore
        return { held: { ...rest, seats: [...others, seat] }, value: { seat, token } };
      }),
    remove: (id) =>
      change(() => {
        const { seats, ...rest } = now();
        if (!seats.some((each) => each.id === id)) throw seatGone();
        return { held: { ...rest, seats: seats.filter((each) => each.id !== id) }, value: undefined };
      }),
    find(token, fingerprint) {
      const hashed = Buffer.from(hash(token));
      const seat = held?.seats.find((each) => sameBytes(Buffer.from(each.token), hashed));
      return seat && seat.fingerprint === fingerprint ? seat : undefined;
    },
  };
}

const hash = (token: string): string => createHash('sha256').update(`class seat ${token}`).digest('hex');

/** Two of one name get a number behind it. Pure. */
export function freeName(name: string, taken: readonly string[]): string {
  const used = new Set(taken.map((each) => each.toLowerCase()));
  for (let count = 1; ; count += 1) {
    const tail = count === 1 ? '' : ` (${count})`;
    const tried = `${[...name].slice(0, 60 - tail.length).join('')}${tail}`.slice(0, 60);
    if (!used.has(tried.toLowerCase())) return tried;
  }
}
