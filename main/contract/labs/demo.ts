import { z } from 'zod';
import type { Problem } from '../problem.ts';

/** How fast a demonstration goes: 1 is for people who read along. */
export const demoPaceSchema = z.number().min(0.25).max(10);

/** A run of a lab that plays itself, with its words. All windows see the same. */
export interface LabDemo {
  lab: string;
  /** over: it came to the end of the lab. stopped: it could not go on, and `problem` says why. */
  state: 'playing' | 'paused' | 'over' | 'stopped';
  /** reading: the caption is to be read. doing: the step is being solved. checking: its checks are waited for. moving: on to another step. */
  doing: 'reading' | 'doing' | 'checking' | 'moving';
  /** Index of the step. */
  step: number;
  /** Words of now: a paragraph of the step, or what is said of an action. Plain text. */
  caption: string;
  /** Which paragraph of the step it is, from 1 on; of how many. */
  paragraph: { n: number; of: number };
  /** The console in which something happens. */
  shows?: { machine: string; view: 'serial' | 'screen' };
  pace: number;
  /** After the end it begins again at the first step. */
  loop: boolean;
  /** How often it began again. */
  round: number;
  problem?: Problem;
}

export const demoCommands = ['pause', 'go-on', 'back', 'take-over'] as const;
export type DemoCommand = (typeof demoCommands)[number];
