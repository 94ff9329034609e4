import { z } from 'zod';
import { machineActionSchema, nameSchema, objectRefSchema } from './machine-ref.ts';
import { call } from './procedure.ts';

/** What can be in a machine's way. The first sixteen are faults that are injected in tests; each has a checker of its own. */
export type CauseId =
  | 'no-accelerator' | 'not-enough-memory' | 'image-unreachable' | 'bad-checksum' | 'disk-full' | 'port-taken'
  | 'missing-network' | 'missing-secret' | 'cloud-init-broken' | 'no-sign-of-life' | 'qemu-missing' | 'qemu-killed'
  | 'snapshot-in-progress' | 'quota' | 'pvc-pending' | 'node-cordoned'
  | 'not-enough-cpu' | 'no-node-fits' | 'disk-missing' | 'disk-in-use' | 'import-failed' | 'importing' | 'waits-for-binding'
  | 'pull-failed' | 'program-missing' | 'type-missing' | 'ended-badly' | 'crash-loop' | 'paused' | 'should-run' | 'deleting'
  | 'restart-required' | 'schedule-failed' | 'starting' | 'stopping' | 'moving' | 'unknown'; // prettier-ignore

/** One link of the chain: an object and what it says. */
export interface WhyStep {
  /** e.g. "DataVolume web-root". */
  object: string;
  says: string;
}

const dnsName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);
const diskName = z.string().min(1).max(253);
const text = z.string().max(256 * 1024);
const objectName = z.object({ namespace: nameSchema, name: dnsName });

/** What the backend does when the button of a cure is clicked. */
export const cureActionSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('power'), action: machineActionSchema }),
  /** Another machine, which holds what this one needs. */
  z.object({ type: z.literal('stopMachine'), machine: objectRefSchema }),
  /** Bytes. A machine that waits is started anew with it. */
  z.object({
    type: z.literal('setMemory'),
    memory: z
      .number()
      .int()
      .min(16 * 2 ** 20),
  }),
  /** The DataVolume is made anew. `checksum`: the one to expect from now on; empty for none; left out: as before. */
  z.object({ type: z.literal('importAgain'), dataVolume: objectName, checksum: z.string().max(200).optional() }),
  /** The next free port of the host instead of this one. */
  z.object({
    type: z.literal('changePort'),
    service: dnsName,
    hostPort: z.number().int().min(1).max(65535),
    protocol: z.enum(['TCP', 'UDP', 'SCTP']),
  }),
  z.object({ type: z.literal('createNetwork'), network: objectName }),
  /** `network`: `pod` or namespace/name. */
  z.object({
    type: z.literal('moveInterface'),
    interface: z.string().min(1).max(63),
    network: z.string().regex(/^(pod|[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253})$/),
  }),
  /** The Secret (or its missing key), with this text. */
  z.object({ type: z.literal('createSecret'), secret: dnsName, key: z.string().min(1).max(253), text }),
  z.object({ type: z.literal('useSecret'), instead: dnsName, secret: dnsName }),
  z.object({ type: z.literal('uncordon'), node: dnsName }),
  /** `to`: a Kubernetes quantity. */
  z.object({ type: z.literal('raiseQuota'), quota: dnsName, resource: z.string().max(300), to: z.string().max(40) }),
  z.object({ type: z.literal('bootFrom'), disk: diskName }),
  z.object({ type: z.literal('eject'), disk: diskName }),
  /** Machines run without the help of the processor. `setting`: Hearth's own; `kubevirt`: of the KubeVirt object. */
  z.object({ type: z.literal('softwareMode'), by: z.enum(['setting', 'kubevirt']) }),
  z.object({ type: z.literal('removeSnapshot'), snapshot: dnsName }),
  z.object({ type: z.literal('removeRestore'), restore: dnsName }),
  /** The disk is asked for anew, of another storage class. */
  z.object({ type: z.literal('useStorageClass'), dataVolume: objectName, storageClass: dnsName }),
]);
export type CureAction = z.infer<typeof cureActionSchema>;

/** A way out. Those with `page` or `commands` are for the person to go on with; the others are done by a click. */
export interface Cure {
  label: string;
  /** What it does and what it costs, where the label does not say all. */
  detail?: string;
  action: CureAction | { type: 'page'; to: string } | { type: 'commands'; commands: string[] };
  /** Something is lost or interrupted by it: asked about first. */
  asks?: string;
  /** A text to fill in: it becomes `text` of the action. */
  input?: { label: string; initial: string };
}

/** object -> condition -> cause -> buttons that cure it. */
export interface WhyChain {
  cause: CauseId;
  /** The cause in a few words. */
  title: string;
  /** `wait`: nothing is wrong, it takes its time. `note`: it runs as asked, and there is something to know. */
  tone: 'problem' | 'warning' | 'wait' | 'note';
  /** From the machine down to the root. */
  steps: WhyStep[];
  /** The step that tells most, for a list. */
  short: string;
  cures: Cure[];
  /** 0..1 of what is waited for, where that is known. */
  progress?: number;
  /** ISO 8601: since when. */
  since?: string;
}

export const whyProcedures = {
  /** Does what a cure says. `said`: what came of it, in words. Not for `page` and `commands`. */
  cure: call<{ said: string }>()(objectRefSchema.extend({ cure: cureActionSchema })),
} as const;
