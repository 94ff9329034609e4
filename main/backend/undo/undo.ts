import { randomUUID } from 'node:crypto';
import type { ContractHandlers } from '../../contract/contract.ts';
import { ProblemError } from '../../contract/problem.ts';
import { undoMinutes } from '../../contract/kept-for.ts';
import type { Undoable, UndoKind } from '../../contract/undo.ts';

/** What was taken away and can be had back, at most so many. */
const most = 50;

/** How something that was taken away comes back. */
interface Way {
  /** Makes it again what it was. Where it throws it can be tried again. */
  back(): Promise<void>;
  /** It will not be had back: what was put aside for that can go. Never throws. */
  drop?(): Promise<void>;
}

/**
 * What was taken away a moment ago, with the way back: in memory alone, because there are passwords and keys in it. It is
 * forgotten after `undoMinutes`, and at the end of Hearth.
 */
export interface Undos {
  /** `way` is forgotten after a while; the answer is what pages have it back by. */
  keep(kind: UndoKind, way: Way): Undoable;
  readonly handlers: ContractHandlers['undo'];
  /** Forgets everything. */
  close(): Promise<void>;
}

/** `ms`: milliseconds that something can be had back. */
export function createUndos(ms = undoMinutes * 60_000): Undos {
  const kept = new Map<
    string,
    { kind: UndoKind; way: Way; timer: NodeJS.Timeout; running?: Promise<void>; over?: true }
  >();
  /** Nothing that is under way is forgotten: it would be dropped while it comes back. */
  async function forget(id: string): Promise<void> {
    const found = kept.get(id);
    if (found?.running) found.over = true; // then, if it does not come back
    if (!found || found.running) return;
    clearTimeout(found.timer);
    kept.delete(id);
    await found.way.drop?.();
  }
  return {
    keep(kind, way) {
      const undo = randomUUID();
      const timer = setTimeout(() => void forget(undo), ms);
      timer.unref();
      kept.set(undo, { kind, way, timer });
      for (const oldest of [...kept.keys()].slice(0, -most)) void forget(oldest);
      return { undo };
    },
    handlers: {
      async back({ kind, undo }) {
        const found = kept.get(undo);
        // The kind says who may: another one's right does not count.
        if (!found || found.kind !== kind) throw tooLate();
        // Pressed twice it is done once.
        found.running ??= found.way.back().finally(() => delete found.running);
        try {
          await found.running;
        } catch (error) {
          if (found.over) await forget(undo);
          throw error;
        }
        clearTimeout(found.timer);
        kept.delete(undo);
      },
    },
    async close() {
      for (const { running } of kept.values()) await running?.catch(() => undefined); // whoever asked has the error
      for (const id of kept.keys()) await forget(id);
    },
  };
}

const tooLate = (): ProblemError =>
  new ProblemError({
    code: 'undo-too-late',
    title: 'It cannot be had back any more',
    detail: `What was taken away is remembered for ${undoMinutes} minutes while Hearth runs.`,
    fix: 'Make it anew; the page Activity, Commands, shows what was sent.',
    kind: 'denied',
  });
