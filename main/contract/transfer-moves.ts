import { z } from 'zod';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import { call } from './procedure.ts';
import type { TargetKind } from './targets.ts';

/** Another target that a machine could go to. */
export interface Destination {
  id: string;
  name: string;
  kind: TargetKind;
  place: string;
  /** Why no machine can go there now, in words. */
  why?: string;
}
/** What would become of a machine on another target, before anything is done. Texts are sentences. */
export interface MovePlan {
  /** A name that is free there: its own, or the first after it. */
  freeName: string;
  /** It is on. One that is moved has to be off; a copy is made of its disks as they are at that moment. */
  running: boolean;
  disks: { name: string; size: number }[];
  /** Bytes that the way needs for a while on the computer Hearth runs on, and those that are free there. */
  room: { needs: number; free: number };
  /** The storage classes there, its own choice first. */
  storageClasses: string[];
  /** Networks of its cards, and where each leads there; without `to` somebody has to choose. */
  networks: { network: string; to?: string }[];
  /** Where cards can lead there: `pod`, `namespace/name`. */
  choices: string[];
  /** What will be different. */
  changes: string[];
  /** What does not come along. */
  left: string[];
  /** Why it cannot go as it is, and what helps. */
  blocked: { reason: string; remedy: string }[];
}

export const moveMachineSchema = objectRefSchema.extend({
  /** Id of the target it goes to. */
  to: z.string().min(1).max(100),
  /** A copy: the one here stays as it is, and the other one is a new machine. */
  keep: z.boolean().default(false),
  /** Its own unless told. */
  newName: nameSchema.optional(),
  /** Where its networks lead there: `pod`, `namespace/name`, or `none` to leave their cards out. Those of the same name need no row. */
  networks: z.record(z.string().max(260), z.string().max(260).regex(/^(pod|none|[a-z0-9.-]+\/[a-z0-9.-]+)$/)).default({}),
  /** For its disks; the target's own choice unless told. */
  storageClass: z.string().min(1).max(253).optional(),
  start: z.boolean().default(false),
}); // prettier-ignore
export type MoveMachine = z.infer<typeof moveMachineSchema>;

/** From one target to another in one go. */
export const moveProcedures = {
  /** All other targets; each is asked whether it answers. */
  destinations: call<Destination[]>()(z.object({}).strict()),
  planMove: call<MovePlan>()(moveMachineSchema),
  move: call<{ taskId: string }>()(moveMachineSchema),
} as const;
