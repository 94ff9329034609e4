import { z } from 'zod';
import type { ListUpdate, YamlFinding } from './machine.ts';
import { nameSchema } from './machine-ref.ts';
import type { ObjectRef } from './machine-ref.ts';
import type { Problem } from './problem.ts';
import { call, pipe, stream } from './procedure.ts';

// Pages use these schemas without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation.
z.config({ jitless: true });

/** What runs containers, and the containers' Pods themselves. */
export const podKindSchema = z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod']);
export type PodKind = z.infer<typeof podKindSchema>;

/** Why it is not as it was asked to be, and what helps. In English, as all causes are. */
export interface PodTrouble {
  title: string;
  /** What the target says itself. */
  detail?: string;
  cure: string;
}
export interface ContainerRow {
  name: string;
  image: string;
  /** Runs before the others. */
  init: boolean;
  ready: boolean;
  /** As `kubectl describe` has it: Running, CrashLoopBackOff, Completed... */
  state: string;
  restarts: number;
  /** There is a container before this one, whose log can be read. */
  previous: boolean;
  ports: number[];
}
/** One row of the list of containers: a workload, or a Pod. */
export interface PodRow {
  uid: string;
  kind: PodKind;
  namespace: string;
  name: string;
  /** As kubectl prints it (Pods), or in a word of Hearth (workloads: Ready, Updating, Scaled down, Complete, Failed, Suspended). */
  status: string;
  tone: 'running' | 'busy' | 'stopped' | 'error';
  why?: PodTrouble;
  /** Containers of a Pod, Pods of a workload. */
  ready: { have: number; want: number };
  restarts: number;
  node?: string;
  address?: string;
  images: string[];
  /** Of a Pod; of a workload those of its template. */
  containers: ContainerRow[];
  /** The workload that keeps a Pod. */
  owner?: { kind: string; name: string };
  /** The machine that a Pod runs. */
  machine?: ObjectRef;
  /** The target's own: it is shown when asked for. */
  system: boolean;
  /** ISO 8601. */
  createdAt: string;
}
export interface PodDetail {
  row: PodRow;
  /** Fit for an editor. */
  yaml: string;
  /** Pods of a workload. */
  pods: PodRow[];
}
/** A port of this computer that leads to one of a Pod. */
export interface PodForward {
  id: string;
  target: string;
  kind: PodKind;
  namespace: string;
  name: string;
  port: number;
  /** On 127.0.0.1. */
  localPort: number;
  /** Connections that are open now. */
  connections: number;
  /** Why the last connection was not taken. */
  problem?: Problem;
}

const podName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
export const podRefSchema = z.object({ namespace: nameSchema, name: podName });
export const workRefSchema = podRefSchema.extend({ kind: podKindSchema });
export type WorkRef = z.infer<typeof workRefSchema>;

const container = z.string().max(63).optional();
const size = { cols: z.number().int().min(2).max(1000), rows: z.number().int().min(1).max(1000) };
const session = z.string().regex(/^[\w-]{8,64}$/);
const port = z.number().int().min(1).max(65_535);
const yaml = z.string().max(1024 * 1024);
const logOf = podRefSchema.extend({
  container,
  /** Of the container before this one: it says why that ended. */
  previous: z.boolean().default(false),
  /** Each line begins with its time. */
  timestamps: z.boolean().default(false),
  /** Lines from the end. */
  tail: z.number().int().min(1).max(100_000).default(2000),
});

/** What is asked of a new Deployment. */
export const createPodsSchema = z.object({
  namespace: nameSchema.default('default'),
  name: nameSchema,
  /** As `docker pull` takes it. */
  image: z
    .string()
    .min(1)
    .max(500)
    .regex(/^[^\s@]*[^\s@:](:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/, 'An image like nginx:1.29 or ghcr.io/owner/name:tag.'),
  replicas: z.number().int().min(0).max(100).default(1),
  /** Ports that its containers listen on; with any, a Service of the same name leads to them. */
  ports: z.array(port).max(20).default([]),
  env: z
    .array(
      z.object({
        name: z.string().max(253).regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'Letters, digits and underscores.'), // prettier-ignore
        value: z.string().max(32 * 1024),
      }),
    )
    .max(100)
    .default([]),
  /** Words that the container is started with instead of its image's own. */
  command: z.array(z.string().max(4096)).max(50).default([]),
});
export type CreatePods = z.output<typeof createPodsSchema>;

export const podProcedures = {
  watch: stream<ListUpdate<PodRow>>()(z.object({}).strict()),
  detail: stream<PodDetail>()(workRefSchema),
  /** Bytes of a log: what there is of it, then each line as it comes. Ends with `log-ended` when the container has. */
  logs: pipe(logOf),
  /** The same at once, at most its last 8 MiB. */
  readLog: call<{ text: string; truncated: boolean }>()(logOf),
  /** A shell in a container. Ends with `shell-ended` when it is left. `session` is the page's own name for `resize`. */
  shell: pipe(podRefSchema.extend({ container, session, ...size })),
  /** The page's terminal has another size now. Nothing happens when the session is over. */
  resize: call<void>()(z.object({ session, ...size })),
  /** Ports of this computer, whichever target they lead to. */
  forwards: stream<PodForward[]>()(z.object({}).strict()),
  /** Without `localPort` the same number where it is free, else any. They end with Hearth. */
  forward: call<PodForward>()(
    workRefSchema.extend({ port, localPort: z.number().int().min(1024).max(65_535).optional() }),
  ),
  stopForward: call<void>()(z.object({ id: z.string().max(64) })),
  checkYaml: call<YamlFinding[]>()(workRefSchema.extend({ yaml })),
  /** Replaces it by a text (server-side dry run first). */
  applyYaml: call<void>()(workRefSchema.extend({ yaml })),
  scale: call<void>()(workRefSchema.extend({ replicas: z.number().int().min(0).max(1000) })),
  /** Its Pods are made anew one after another; a Pod alone is deleted, and made anew by what keeps it. */
  restart: call<void>()(workRefSchema),
  /** `undo`: what `putBack` takes for the next ten minutes. Absent: it cannot be had back (Pods and Jobs). */
  remove: call<{ undo?: string }>()(workRefSchema),
  putBack: call<void>()(z.object({ undo: z.string().max(64) })),
  /** What would be made, and the target's word on it. */
  preview: call<{ yaml: string; problem?: Problem }>()(createPodsSchema),
  create: call<WorkRef>()(createPodsSchema),
} as const;
