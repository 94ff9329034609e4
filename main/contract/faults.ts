import { z } from 'zod';
import { objectRefSchema } from './machine-ref.ts';
import type { ObjectRef } from './machine-ref.ts';
import { call, stream } from './procedure.ts';

const nic = z.string().regex(/^[A-Za-z0-9-_]{1,63}$/);
/** Faults of a network interface stay until they are cured, over restarts of the machine and of Hearth. */
const network = {
  /** Of one interface; absent: of all. */
  interface: nic.optional(),
};
/** in: what is on its way to the machine; out: what it sends. */
const way = z.enum(['in', 'out', 'both']);
/** What can be broken: exactly one. */
const faults = {
  /** Packets that are dropped, in percent. One way unless told, so that a ping loses as many: with `both` it has two chances to be lost. */
  loss: z.strictObject({ ...network, percent: z.number().min(0).max(100), way: way.default('in') }),
  /** Milliseconds that each packet waits, each way unless told; `jitter` more or less at random, and then some overtake others. */
  delay: z.strictObject({ ...network, ms: z.number().min(0).max(10_000), jitter: z.number().min(0).max(5000).default(0), way: way.default('both') }),
  /** Kilobits a second, each way unless told. */
  rate: z.strictObject({ ...network, kbit: z.number().int().min(8).max(10_000_000), way: way.default('both') }),
  /** Names are not answered. */
  dns: z.strictObject({ off: z.literal(true) }),
  /** The cable is out. */
  link: z.strictObject({ ...network, down: z.literal(true) }),
  /** The guest's root file system is filled up to so many percent. */
  disk: z.strictObject({ percent: z.number().min(50).max(100).default(100) }),
  /** Seconds that the guest's clock is off from now on, forward or back. */
  clock: z.strictObject({ seconds: z.number().int().min(-31_536_000).max(31_536_000) }),
  /** A process of the guest is killed, by name. */
  process: z.strictObject({ name: z.string().min(1).max(100).regex(/^[A-Za-z0-9._-]+$/), signal: z.enum(['TERM', 'KILL', 'STOP']).default('KILL') }),
  /** Its kernel panics, or the machine is gone from one moment to the next. */
  crash: z.strictObject({ how: z.enum(['panic', 'off']).default('off') }),
} as const; // prettier-ignore
export type FaultKind = keyof typeof faults;
export const faultKinds = Object.keys(faults) as FaultKind[];
const fields = Object.fromEntries(faultKinds.map((kind) => [kind, faults[kind].optional()])) as {
  [Kind in FaultKind]: z.ZodOptional<(typeof faults)[Kind]>;
};
export const faultWishSchema = z.strictObject(fields);
export type FaultWish = z.output<typeof faultWishSchema>;

/** A fault that is there now. */
export interface FaultState extends ObjectRef {
  kind: FaultKind;
  /** As it was asked for. */
  wish: FaultWish;
  /** In words: "20 % of packets lost on default". */
  words: string;
  /** A lab wants it to be found: pages do not tell what it is before they are asked to. */
  hidden?: true;
  /** ISO 8601; absent where somebody wrote it at the machine by other means. */
  since?: string;
  /** What was measured, e.g. "19.4 % of 1,240 packets". */
  measured?: string;
  /** It was asked for and does not hold yet: what it waits for. */
  waits?: string;
  /** Why Hearth cannot take it back by itself, and what does; absent where it can. */
  noCure?: string;
}
/** What can be broken on a machine now; `why` where not. */
export interface FaultOffer {
  kind: FaultKind;
  allowed: boolean;
  why?: string;
  /** Of a crash: why its kernel cannot be told to panic, where its power can be cut. */
  whyNoPanic?: string;
}

/** The faults of one machine, and what more can be done to it. */
export interface MachineFaults {
  faults: FaultState[];
  offers: FaultOffer[];
}

export const faultProcedures = {
  watch: stream<MachineFaults>()(objectRefSchema),
  /** One kind at a time; the same kind again takes the first one's place. What takes longer than a moment is a task. */
  begin: call<{ taskId?: string }>()(objectRefSchema.extend({ wish: faultWishSchema.refine((wish) => faultKinds.filter((kind) => wish[kind] !== undefined).length === 1, `Exactly one of: ${faultKinds.join(', ')}.`) })),
  /** Back to nothing: of one kind, or of all. */
  cure: call<{ taskId?: string }>()(objectRefSchema.extend({ kind: z.enum(faultKinds as [FaultKind, ...FaultKind[]]).optional() })),
} as const; // prettier-ignore
