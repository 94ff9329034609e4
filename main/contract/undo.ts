import { z } from 'zod';
import { call } from './procedure.ts';

/** What can be had back so. */
export const undoKinds = [
  'snippet',
  'template',
  'type',
  'schedule',
  'backup-plan',
  'backup-place',
  'target',
  'user',
] as const;
export type UndoKind = (typeof undoKinds)[number];

/** What `undo.back` takes it back by. */
export interface Undoable {
  undo: string;
}

export const undoProcedures = {
  /**
   * Makes it again what it was. Problems: `undo-too-late`, and what stands in the way (`already-exists`), after which it can be
   * tried again.
   */
  back: call<void>()(z.strictObject({ kind: z.enum(undoKinds), undo: z.uuid() })),
} as const;
