import { z } from 'zod';
import { nameSchema } from '../machine-ref.ts';
import { durationSchema, line, partNameSchema, prose } from './words.ts';

const machine = nameSchema;
const text = z.string().min(1).max(1000);
const port = z.number().int().min(1).max(65_535);
/** At least one: what a text has to be. `matches` is a regular expression without back references (RE2's language). */
const textTest = {
  contains: text.optional(),
  lacks: text.optional(),
  matches: text.optional(),
  equals: z.string().max(1000).optional(),
};
/** How a value that a JSONPath found is compared; none: that there is one. Numbers and quantities (`256Mi`) compare as such. */
const valueTest = {
  ...textTest,
  equals: z.union([z.string().max(1000), z.number(), z.boolean()]).optional(),
  not: z.union([z.string().max(1000), z.number(), z.boolean()]).optional(),
  atLeast: z.union([z.number(), z.string().max(40)]).optional(),
  atMost: z.union([z.number(), z.string().max(40)]).optional(),
};

/** An object of the lab's namespace, or several by their labels. */
export const objectTestSchema = z.strictObject({
  apiVersion: z.string().max(100).optional(),
  kind: z.string().min(1).max(63),
  name: z.string().min(1).max(253).optional(),
  /** `a=b,c`: instead of a name. */
  selector: z.string().min(1).max(500).optional(),
  /** JSONPath as kubectl takes it (RFC 9535 without scripts), e.g. `.status.phase`. */
  path: z.string().max(500).optional(),
  /** It has to be gone. */
  absent: z.boolean().optional(),
  /** How many objects (or values) there have to be. */
  count: z.union([z.number().int().min(0), z.strictObject({ atLeast: z.number().int().min(0).optional(), atMost: z.number().int().min(0).optional() })]).optional(),
  ...valueTest,
}); // prettier-ignore

/** What is looked at: exactly one of these. */
const probes = {
  /** An object of the API. */
  api: objectTestSchema,
  /** The kept serial console. `since: step`: what came since the step began. */
  serial: z.strictObject({ machine, since: z.enum(['step', 'start']).default('start'), ...textTest }),
  /** Text on the screen, read by its glyphs. */
  screen: z.strictObject({ machine, ...textTest }),
  /** An answer over HTTP from a port of a machine, of a service of the lab, or of a forwarded port. */
  http: z.strictObject({
    machine: machine.optional(),
    service: nameSchema.optional(),
    port,
    path: z.string().max(500).regex(/^\//).default('/'),
    status: z.number().int().min(100).max(599).default(200),
    /** How often it is asked in a row, for load balancers: `distinct` answers have to come. */
    times: z.number().int().min(1).max(50).default(1),
    distinct: z.number().int().min(1).max(50).optional(),
    ...textTest,
  }),
  /** A port that takes a connection (or, with `open: false`, does not). */
  tcp: z.strictObject({ machine: machine.optional(), service: nameSchema.optional(), port, open: z.boolean().default(true) }),
  /** A command in a guest, over SSH with the lab's own key. */
  ssh: z.strictObject({ machine, user: z.string().max(32).optional(), command: z.string().min(1).max(4000), exit: z.number().int().min(0).max(255).default(0), ...textTest }),
  /** What the guest agent says. */
  agent: z.strictObject({ machine, connected: z.boolean().default(true), path: z.string().max(500).optional(), ...valueTest }),
  /** From one machine to another (its name, or an address), over SSH in the first. `loss`: percent that may be lost. */
  ping: z.strictObject({ from: machine, to: z.string().min(1).max(253), count: z.number().int().min(1).max(100).default(3), loss: z.strictObject({ atLeast: z.number().min(0).max(100).optional(), atMost: z.number().min(0).max(100).optional() }).default({ atMost: 0 }) }),
} as const; // prettier-ignore
export type ProbeKind = keyof typeof probes;
export const probeKinds = Object.keys(probes) as ProbeKind[];

const probeFields = Object.fromEntries(probeKinds.map((kind) => [kind, probes[kind].optional()])) as {
  [Kind in ProbeKind]: z.ZodOptional<(typeof probes)[Kind]>;
};
const oneProbe = (value: Partial<Record<ProbeKind, unknown>>): boolean =>
  probeKinds.filter((kind) => value[kind] !== undefined).length === 1;

/** A probe without the rest of a check: what actions wait for. */
export const probeSchema = z.strictObject(probeFields).refine(oneProbe, `Exactly one of: ${probeKinds.join(', ')}.`);
export type Probe = z.output<typeof probeSchema>;

/** One check of a step. It goes on being looked at while the step is open: what is undone is open again. */
export const checkSchema = z
  .strictObject({
    id: partNameSchema,
    /** What has to be, e.g. "web answers on port 80". */
    title: line(200),
    /** Told while it is not: what the learner could look at. It teaches. */
    message: prose(2000),
    /** How long one look may take. */
    timeout: durationSchema.default('10s'),
    /** From one look to the next. */
    every: durationSchema.default('2s'),
    ...probeFields,
  })
  .refine(oneProbe, `Exactly one of: ${probeKinds.join(', ')}.`);
export type LabCheck = z.output<typeof checkSchema>;
