import { z } from 'zod';
import { createMachineSchema } from '../machine.ts';
import { nameSchema } from '../machine-ref.ts';
import { capabilitySchema } from '../target.ts';
import { actionSchema, doBlockSchema, manifestSchema } from './actions.ts';
import { checkSchema } from './checks.ts';
import { labLevels } from './levels.ts';
import { labNameSchema, line, partNameSchema, prose } from './words.ts';

/** Version of the lab file. A file of a later one is refused with words. */
export const labApiVersion = 'labs.hearth.dev/v1';
/** Bytes of a lab file at most. */
export const labFileLimit = 512 * 1024;
/** Bytes of a pack that a page sends by itself: larger ones are read where Hearth runs. */
export const labPackLimit = 2 * 1024 * 1024;

/** An image that machines of the lab start from. Exactly one of `use`, `url` and `file`. */
export const labImageSchema = z
  .strictObject({
    name: nameSchema,
    /** One that the image library knows by this name; `starter` is there without the internet. */
    use: z.string().max(100).optional(),
    url: z.url({ protocol: /^https?$/ }).max(2000).optional(),
    /** Inside a pack: `images/NAME`. */
    file: z.string().max(200).regex(/^images\/[A-Za-z0-9][A-Za-z0-9._-]*$/).optional(),
    /** Of a url or file. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/).optional(),
    /** Bytes, where told: what will be fetched. */
    size: z.number().int().positive().optional(),
  })
  .refine(({ use, url, file }) => [use, url, file].filter((from) => from !== undefined).length === 1, 'Exactly one of: use, url, file.')
  .refine(({ use, sha256 }) => use !== undefined || sha256 !== undefined, 'A url or file needs its sha256.'); // prettier-ignore

const wizard = createMachineSchema.shape;
const word = /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/;
/** Plain labels: those with a prefix belong to programs. */
const labelsSchema = z.record(z.string().min(1).max(63).regex(word), z.string().max(63).regex(word));
/** A machine in few words; it becomes the VirtualMachine (with its Secret and Services) that the wizard would make. */
export const labMachineSchema = z.strictObject({
  name: nameSchema,
  /** Name of an image of the file. */
  image: nameSchema.optional(),
  /** A quantity, e.g. `128Mi`. */
  memory: z.string().regex(/^\d+(Mi|Gi)$/).default('128Mi'),
  cpus: z.number().int().min(1).max(16).default(1),
  /** A quantity: how large its disk is; absent: as large as the image. */
  disk: z.string().regex(/^\d+(Mi|Gi)$/).optional(),
  /** Networks by name, in order; `pod` is the way out. A fixed address after `=`: `blue=10.9.0.10`. */
  networks: z.array(z.string().max(120)).min(1).max(8).default(['pod']),
  /** Whether it runs once the lab is started. */
  start: z.boolean().default(true),
  /** cloud-config text (with `{{variables}}`); users and the lab's key are added where it says none. */
  userData: z.string().max(64 * 1024).optional(),
  /** Who logs in; `hearth` on the starter image. */
  user: z.string().max(32).optional(),
  /** Ports that a learner reaches on this computer; the host's port is found and is a variable. */
  forwards: z.array(z.number().int().min(1).max(65_535)).max(10).default([]),
  firmware: wizard.firmware.optional(),
  /** Words on the machine and on what runs of it, by which a Service of the lab chooses where it leads. */
  labels: labelsSchema.default({}),
}); // prettier-ignore
export type LabMachine = z.output<typeof labMachineSchema>;

export const labNetworkSchema = z.strictObject({
  name: nameSchema,
  subnet: z.string().regex(/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/, 'A network like 10.9.0.0/24.').optional(),
  description: line(200).optional(),
}); // prettier-ignore

export const labStepSchema = z.strictObject({
  id: partNameSchema,
  title: line(120),
  /** Markdown with `{{variables}}`, `{{do:ID}}`, and fenced code; ```` ```type machine=web ```` can be typed for the learner. */
  text: prose(20_000),
  /** What is done before the learner begins: e.g. a fault to find. */
  before: z.array(actionSchema).max(20).default([]),
  blocks: z.array(doBlockSchema).max(20).default([]),
  hints: z.array(prose(2000).min(1)).max(10).default([]),
  checks: z.array(checkSchema).max(20).default([]),
  /** Points; each hint that was shown costs a quarter of them, down to a quarter. */
  score: z.number().int().min(0).max(1000).default(10),
  /** How a script solves it: tests and demonstrations use it, learners do not see it. */
  solution: z.array(actionSchema).max(50).default([]),
}); // prettier-ignore
export type LabStep = z.output<typeof labStepSchema>;

/** A lab file. What does not fit into these fields (names that are used, the lab's own namespace) is checked by the backend. */
export const labFileSchema = z.strictObject({
  apiVersion: z.literal(labApiVersion),
  kind: z.literal('Lab'),
  metadata: z.strictObject({
    name: labNameSchema,
    title: line(120),
    summary: line(400),
    /** How long a learner takes. */
    minutes: z.number().int().min(1).max(600),
    level: z.enum(labLevels),
    /** Place in the list of shipped labs. */
    order: z.number().int().min(0).max(10_000).optional(),
    version: z.string().max(40).default('1'),
    authors: z.array(line(100)).max(20).default([]),
    license: line(100).optional(),
    tags: z.array(partNameSchema).max(20).default([]),
  }),
  needs: z.strictObject({
    /** Of the target, by their ids; what is missing is told with its remedy before anything starts. */
    capabilities: z.array(capabilitySchema.shape.id).max(40).default([]),
    /** Kinds that the target must serve, `group/Kind`, e.g. `apps/Deployment`, `node.k8s.io/RuntimeClass`. */
    kinds: z.array(z.string().max(200)).max(20).default([]),
    /** RuntimeClasses that the cluster has to have, e.g. `gvisor`. */
    runtimeClasses: z.array(nameSchema).max(10).default([]),
    /** Machines have to run on the processor itself (KVM and the like): in software it would take hours. */
    hardware: z.boolean().default(false),
    /** Said in words when one of the above is missing: where to get it. */
    advice: prose(2000).optional(),
    /** A quantity; absent: the sum of the machines. */
    memory: z.string().regex(/^\d+(Mi|Gi)$/).optional(),
  }).prefault({}),
  /** `{{NAME}}` in texts, manifests, checks and actions. `password` and `token` are made at random once for each start. */
  variables: z.record(z.string().regex(/^[a-z][a-zA-Z0-9]*$/), z.union([z.string().max(1000), z.strictObject({ generate: z.enum(['password', 'token']) })])).default({}),
  images: z.array(labImageSchema).max(20).default([]),
  networks: z.array(labNetworkSchema).max(10).default([]),
  machines: z.array(labMachineSchema).max(30).default([]),
  /** More objects, as they are applied after the machines. */
  objects: z.array(manifestSchema).max(100).default([]),
  steps: z.array(labStepSchema).min(1).max(50),
  /** Markdown: what is told at the end. */
  ending: prose(10_000).optional(),
}); // prettier-ignore
export type LabFile = z.output<typeof labFileSchema>;
