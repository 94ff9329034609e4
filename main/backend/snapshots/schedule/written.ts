import { z } from 'zod';
import type { KubeObject } from '../../../contract/kube.ts';
import { scheduleSchema } from '../../../contract/snapshot-schedule.ts';
import { restoredAnnotation } from '../../bin/kept.ts';

/** On a machine, JSON: when its snapshots are taken by themselves and how many stay. Any client may write it. */
export const scheduleAnnotation = 'hearth.dev/snapshot-schedule';
/** On a machine, JSON: how far its schedule is. Hearth's own. */
export const scheduleStateAnnotation = 'hearth.dev/snapshot-schedule-state';
/** On a snapshot of a schedule: the uid of its machine. What lacks it was made by somebody and is never deleted by a schedule. */
export const scheduledLabel = 'hearth.dev/scheduled';
/** On such a snapshot, ISO 8601: the time of the schedule that it is of. */
export const scheduledForAnnotation = 'hearth.dev/scheduled-for';

/** `uid`: the machine that it means; a clone that took the annotation along has no schedule by it. */
const writtenSchema = scheduleSchema.extend({ uid: z.string().optional(), since: z.iso.datetime().optional() });
export type Written = z.infer<typeof writtenSchema>;

const stateSchema = z.object({
  uid: z.string(),
  last: z.iso.datetime(),
  failed: z.object({ at: z.string(), title: z.string(), detail: z.string() }).optional(),
  missed: z.object({ count: z.number().int().min(1), at: z.string() }).optional(),
});
export type ScheduleState = z.infer<typeof stateSchema>;

/** The machine itself, or what it was before it came back from the bin. */
const means = (vm: KubeObject, uid: string | undefined): boolean =>
  uid === undefined || uid === vm.metadata.uid || uid === vm.metadata.annotations?.[restoredAnnotation];

/** A machine's schedule: none, one, or what cannot be read. Pure. */
export function writtenSchedule(vm: KubeObject): { written?: Written; unreadable?: string } {
  const text = vm.metadata.annotations?.[scheduleAnnotation];
  if (text === undefined) return {};
  try {
    const written = writtenSchema.parse(JSON.parse(text));
    return means(vm, written.uid) ? { written } : {};
  } catch (error) {
    const says = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return { unreadable: `The annotation ${scheduleAnnotation} is no schedule: ${says}` };
  }
}

/** How far a machine's schedule is; undefined before its first run, and where what stands there is another machine's or damaged. Pure. */
export function writtenState(vm: KubeObject): ScheduleState | undefined {
  const text = vm.metadata.annotations?.[scheduleStateAnnotation];
  if (text === undefined) return undefined;
  try {
    const state = stateSchema.parse(JSON.parse(text));
    return means(vm, state.uid) ? state : undefined;
  } catch (error) {
    // The snapshots that are there still tell what was done.
    if (error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
