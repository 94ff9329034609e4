import { z } from 'zod';
import { boxStageSchema } from '../../../contract/box/state.ts';
import type { BoxHello, BoxState } from '../../../contract/box/state.ts';
import { fingerprintSchema, randomIdSchema } from '../../../contract/box/words.ts';
import { problemSchema } from '../../../contract/problem.ts';
import { lineSchema, nameSchema } from './plain-words.ts';
import { problemOf } from './problems.ts';
import { stepOfBox } from './task-schema.ts';

const words = lineSchema(2000);
const name = lineSchema(300);
const problem = problemSchema.transform((said) => problemOf(said) ?? said);
const count = z.number().nonnegative();
const slot = z.enum(['a', 'b']);

/** What anyone may say without a proof: short, and nothing else is taken over. */
export const helloSchema = z.object({
  hearth: z.literal('box'),
  boxId: randomIdSchema,
  name: nameSchema(63),
  stage: boxStageSchema,
  version: lineSchema(60),
  pairing: z.object({ code: z.boolean(), secret: z.boolean(), paired: z.boolean() }),
}) satisfies z.ZodType<BoxHello>;

const partition = z.object({ name, size: count, filesystem: name.optional(), label: name.optional() });
const disk = z.object({
  name,
  model: name,
  serial: name,
  wwn: name.optional(),
  size: count,
  transport: name,
  rotational: z.boolean(),
  content: words,
  partitions: z.array(partition).max(200),
  hearth: z.object({ boxId: name, hostName: name, installId: name }).optional(),
  unfinished: z.object({ installId: name, same: z.boolean() }).optional(),
  refused: z.object({ code: name, why: words }).optional(),
});
const network = z.object({
  mac: name.optional(),
  addressing: z.union([
    z.object({ method: z.literal('dhcp') }),
    z.object({ method: z.literal('static'), address: name, gateway: name.optional(), dns: z.array(name).max(10) }),
  ]),
  vlan: z.number().optional(),
  wifi: z.object({ ssid: name }).optional(),
});
const update = z.object({
  running: name,
  other: z.object({ version: name, slot }).optional(),
  trial: z.object({ version: name, words }).optional(),
  failed: z.object({ version: name, at: name, problem }).optional(),
});
const stateSchema = z.object({
  boxId: randomIdSchema,
  name: nameSchema(63),
  version: lineSchema(60),
  image: z.object({ version: name, medium: z.enum(['stick', 'disk']), slot: slot.optional() }),
  stage: boxStageSchema,
  words,
  problem: problem.optional(),
  progress: z.object({ fraction: z.number().min(0).max(1), steps: z.array(stepOfBox).max(200) }).optional(),
  addresses: z.array(z.object({ interface: name, kind: z.enum(['ethernet', 'wifi', 'other']), mac: name, address: name.optional(), ipv6: z.array(name).max(16).optional(), link: z.boolean() })).max(64),
  network: z.object({ current: network, trial: z.object({ id: name, secondsLeft: z.number(), network: network.optional(), inEffect: z.boolean().optional() }).optional() }),
  stick: z.object({ verified: z.enum(['checking', 'good', 'damaged']), settings: z.boolean(), installId: name.optional() }).optional(),
  disks: z.array(disk).max(200).optional(),
  countdown: z.object({ disk, secondsLeft: z.number() }).optional(),
  wishes: z.object({ hostName: name, keyboard: name, timeZone: name, language: name }),
  setup: z.object({
    account: z.boolean(),
    named: z.boolean(),
    // A box of before does not tell.
    network: z.boolean().default(false),
    appliance: z.enum(['none', 'installing', 'ready', 'failed', 'skipped']),
    applianceTask: name.optional(),
    storage: z.enum(['local-path', 'pool-file']).optional(),
    poolSize: count.optional(),
    finished: z.boolean(),
  }),
  bring: z.array(z.object({ kind: z.enum(['image', 'machine']), name, state: z.enum(['waiting', 'working', 'done', 'failed']), problem: problemSchema.optional() })).max(100).optional(),
  apps: z.array(z.object({ name, fingerprint: fingerprintSchema, pairedAt: name, by: z.enum(['secret', 'code']), lastSeenAt: name.optional() })).max(100),
  update: update.optional(),
  busy: z.object({ what: z.enum(['reboot', 'power-off', 'update', 'factory-reset']), words }).optional(),
  at: name,
}); // prettier-ignore

/** The state as a box sent it; undefined when it is none that this Hearth understands. */
export function readState(value: unknown): BoxState | undefined {
  const checked = stateSchema.safeParse(value);
  // Optional fields that were given as undefined cannot come out of JSON.
  return checked.success ? (checked.data as BoxState) : undefined;
}
