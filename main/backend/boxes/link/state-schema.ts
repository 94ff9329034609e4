import { z } from 'zod';
import { boxStageSchema } from '../../../contract/box/state.ts';
import type { BoxHello, BoxState } from '../../../contract/box/state.ts';
import { fingerprintSchema, randomIdSchema } from '../../../contract/box/words.ts';
import { problemSchema } from '../../../contract/problem.ts';
import { taskSchema } from '../../../contract/task.ts';

const words = z.string().max(2000);
const name = z.string().max(300);
const count = z.number().nonnegative();
const slot = z.enum(['a', 'b']);

/** What anyone may say without a proof: short, and nothing else is taken over. */
export const helloSchema = z.object({
  hearth: z.literal('box'),
  boxId: randomIdSchema,
  name: z.string().min(1).max(63),
  stage: boxStageSchema,
  version: z.string().max(60),
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
  failed: z.object({ version: name, at: name, problem: problemSchema }).optional(),
});
const stateSchema = z.object({
  boxId: randomIdSchema,
  name: z.string().min(1).max(63),
  version: z.string().max(60),
  image: z.object({ version: name, medium: z.enum(['stick', 'disk']), slot: slot.optional() }),
  stage: boxStageSchema,
  words,
  problem: problemSchema.optional(),
  progress: z.object({ fraction: z.number().min(0).max(1), steps: z.array(taskSchema.shape.steps.element).max(200) }).optional(),
  addresses: z.array(z.object({ interface: name, kind: z.enum(['ethernet', 'wifi', 'other']), mac: name, address: name.optional(), link: z.boolean() })).max(64),
  network: z.object({ current: network, trial: z.object({ id: name, secondsLeft: z.number() }).optional() }),
  stick: z.object({ verified: z.enum(['checking', 'good', 'damaged']), settings: z.boolean(), installId: name.optional() }).optional(),
  disks: z.array(disk).max(200).optional(),
  countdown: z.object({ disk, secondsLeft: z.number() }).optional(),
  wishes: z.object({ hostName: name, keyboard: name, timeZone: name, language: name }),
  setup: z.object({
    account: z.boolean(),
    named: z.boolean(),
    appliance: z.enum(['none', 'installing', 'ready', 'failed', 'skipped']),
    applianceTask: name.optional(),
    finished: z.boolean(),
  }),
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
