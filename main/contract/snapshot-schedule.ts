import { z } from 'zod';

// Pages use these schemas without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation.
z.config({ jitless: true });

/** Wall clock of the computer on which Hearth runs. */
const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time of the day as HH:MM.');

/** When snapshots are taken by themselves. */
export const rhythmSchema = z.discriminatedUnion('every', [
  /** Counted from when the schedule was set. */
  z.object({ every: z.literal('hours'), hours: z.number().int().min(1).max(168) }),
  z.object({ every: z.literal('day'), at: clockSchema }),
  /** `day`: 0 is Sunday. */
  z.object({ every: z.literal('week'), day: z.number().int().min(0).max(6), at: clockSchema }),
]);
export type Rhythm = z.infer<typeof rhythmSchema>;

export const scheduleSchema = z.object({
  rhythm: rhythmSchema,
  /** How many of its own snapshots stay. */
  keep: z.number().int().min(1).max(100),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** How the schedule of one machine stands. Times are ISO 8601. */
export interface ScheduleView {
  /** Absent where it cannot be read: see `unreadable`. */
  schedule?: Schedule;
  next?: string;
  /** The time of the schedule that was served last, well or not. */
  last?: string;
  /** The last run did not work; taken away by the next one that does. */
  failed?: { at: string; title: string; detail: string };
  /** Runs that nobody was there for, made up for by one at `at`. Of the last run alone. */
  missed?: { count: number; at: string };
  /** Why what stands at the machine is no schedule: somebody else wrote it. */
  unreadable?: string;
}
