import { z } from 'zod';
import { faultWishSchema } from '../faults.ts';
import { machineActionSchema, nameSchema } from '../machine-ref.ts';
import { probeSchema } from './checks.ts';
import { durationSchema, partNameSchema } from './words.ts';

const machine = nameSchema;
/** An object of a manifest. Its namespace is the lab's, told or not. */
export const manifestSchema = z.looseObject({
  apiVersion: z.string().min(1).max(100),
  kind: z.string().min(1).max(63),
  metadata: z.looseObject({ name: z.string().min(1).max(253), namespace: z.string().max(63).optional() }),
});

/**
 * What a lab can do: objects of its own namespace, keys and commands of its own guests, and waiting. There is nothing that
 * runs on the computer Hearth runs on, and there never is to be.
 */
const actions = {
  /** Objects as `kubectl apply --server-side` makes them. */
  apply: z.array(manifestSchema).min(1).max(50),
  /** A merge patch on one object. */
  patch: z.strictObject({ apiVersion: z.string().max(100).optional(), kind: z.string().max(63), name: z.string().max(253), patch: z.record(z.string(), z.json()) }),
  delete: z.strictObject({ apiVersion: z.string().max(100).optional(), kind: z.string().max(63), name: z.string().max(253) }),
  power: z.strictObject({ machine, action: machineActionSchema.exclude(['delete']) }),
  /** Text typed into the serial console, or as keys into the screen. A line feed is Enter. */
  type: z.strictObject({ machine, text: z.string().min(1).max(4000), into: z.enum(['serial', 'screen']).default('serial') }),
  /** A command in a guest over SSH with the lab's key. */
  ssh: z.strictObject({ machine, user: z.string().max(32).optional(), command: z.string().min(1).max(16_000), exit: z.number().int().min(0).max(255).default(0) }),
  snapshot: z.strictObject({ machine, name: nameSchema, memory: z.boolean().default(false) }),
  restore: z.strictObject({ machine, snapshot: nameSchema, memory: z.boolean().default(false) }),
  clone: z.strictObject({ machine, name: nameSchema, count: z.number().int().min(1).max(50).default(1), start: z.boolean().default(false) }),
  /** Moves an interface to another network: `pod` or the name of a network of the lab. */
  move: z.strictObject({ machine, interface: z.string().max(63), network: z.string().max(63) }),
  /** `hidden`: the learner is to find out what it is; the machine's page says only that something is broken, until asked. */
  fault: faultWishSchema.safeExtend({ machine, hidden: z.boolean().optional() }),
  /** Every fault of the machine (or of all) back to nothing. */
  cure: z.strictObject({ machine: machine.optional() }),
  /** The machine as a file, as its page exports it. The file is kept with the run and goes with the lab. */
  export: z.strictObject({ machine, file: nameSchema }),
  /** A machine out of such a file. `same` keeps its addresses and ids: only where the other one is gone. */
  import: z.strictObject({ file: nameSchema, machine, identity: z.enum(['new', 'same']).default('new'), start: z.boolean().default(true) }),
  /** A disk out of a file that a machine of the lab serves over HTTP, in a format that the target takes (raw, qcow2, VMDK, VDI, VHDX). */
  importDisk: z.strictObject({ machine, port: z.number().int().min(1).max(65_535).default(80), path: z.string().max(500).regex(/^\//), disk: nameSchema, size: z.string().regex(/^\d+(Mi|Gi)$/) }),
  /** Until a probe is true; the action fails after `timeout`. */
  wait: z.strictObject({ for: probeSchema.optional(), timeout: durationSchema.default('60s'), time: durationSchema.optional() }),
} as const; // prettier-ignore
export type ActionKind = keyof typeof actions;
export const actionKinds = Object.keys(actions) as ActionKind[];

const fields = Object.fromEntries(actionKinds.map((kind) => [kind, actions[kind].optional()])) as {
  [Kind in ActionKind]: z.ZodOptional<(typeof actions)[Kind]>;
};
/** One thing that is done; `say` is told while a demonstration plays it. */
export const actionSchema = z
  .strictObject({ say: z.string().max(1000).optional(), ...fields })
  .refine(
    (value) => actionKinds.filter((kind) => value[kind] !== undefined).length === 1,
    `Exactly one of: ${actionKinds.join(', ')}.`,
  );
export type LabAction = z.output<typeof actionSchema>;

/** A button in the instructions: `{{do:ID}}` in the text puts it there. */
export const doBlockSchema = z.strictObject({
  id: partNameSchema,
  /** Words of the button; a verb first. */
  title: z.string().trim().min(1).max(100),
  /** do: it is done. show: the commands are shown and typed only when asked. */
  kind: z.enum(['do', 'show']).default('do'),
  actions: z.array(actionSchema).min(1).max(30),
});
export type DoBlock = z.output<typeof doBlockSchema>;
