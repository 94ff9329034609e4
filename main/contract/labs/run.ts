import type { Problem } from '../problem.ts';
import type { FaultState } from '../faults.ts';
import type { ObjectRef } from '../machine-ref.ts';

/** One row of the library. */
export interface LabRow {
  name: string;
  title: string;
  summary: string;
  minutes: number;
  level: string;
  tags: string[];
  steps: number;
  /** shipped: comes with Hearth; own: in the data folder; development: a folder that is watched while somebody writes. */
  origin: 'shipped' | 'own' | 'development';
  version: string;
  /** Bytes of memory that its machines have. */
  memory: number;
  /** What keeps it from being started on the current target, each with what to do. */
  missing: { what: string; remedy?: string }[];
  /** The file is not right: where and why; nothing of it can be started. */
  problem?: Problem;
  /** Best result so far. */
  best?: { score: number; of: number; seconds: number; at: string };
  running?: LabRun['state'];
}

/** What starting it would make and take. */
export interface LabPreview {
  row: LabRow;
  /** kind and name, as they are made. */
  objects: { kind: string; name: string }[];
  images: { name: string; from: string; sha256?: string; size?: number; there: boolean }[];
  memory: { wanted: number; free?: number };
  disk: { wanted: number; free?: number };
  /** Refused before anything is made, with the numbers. */
  problems: Problem[];
}

export interface LabCheckState {
  id: string;
  title: string;
  /** waiting: not looked at yet. trouble: it could not be looked at (`told`). */
  state: 'waiting' | 'passed' | 'failed' | 'trouble';
  /** The lab's words that teach, while it is not passed. */
  message?: string;
  /** What was found instead, or why it could not be looked at. */
  told?: string;
  /** ISO 8601 of the last look. */
  at?: string;
}
/** A part of the instructions, ready to be drawn: markdown is parsed and cleaned by the backend, pages make elements of it. */
export interface LabStepState {
  id: string;
  title: string;
  /** closed: not reached; open: now; passed; skipped. */
  state: 'closed' | 'open' | 'passed' | 'skipped';
  /** Markdown with all variables filled in. No remote content, no HTML. */
  text: string;
  blocks: { id: string; title: string; kind: 'do' | 'show'; lines: string[] }[];
  /** Those shown so far. */
  hints: string[];
  hintsLeft: number;
  checks: LabCheckState[];
  score: number;
  /** What was reached of it. */
  reached?: number;
  /** ISO 8601: when the checkpoint of its beginning was taken; absent: there is none to go back to. */
  checkpoint?: { at: string; memory: boolean; seconds: number };
  /** Why there is none. */
  noCheckpoint?: string;
}
export interface LabRun {
  lab: string;
  title: string;
  target: string;
  state: 'starting' | 'running' | 'rewinding' | 'finished' | 'ending' | 'failed';
  problem?: Problem;
  /** Of what goes on now (start, rewind, end, an action). */
  taskId?: string;
  /** ISO 8601. */
  startedAt: string;
  finishedAt?: string;
  /** Seconds that the learner worked, without pauses of the program. */
  seconds: number;
  /** Index of the open step. */
  step: number;
  steps: LabStepState[];
  score: { reached: number; of: number };
  machines: (ObjectRef & { running: boolean; user: string; forwards: { port: number; host?: number }[] })[];
  faults: FaultState[];
  /** Told at the end. */
  ending?: string;
}
