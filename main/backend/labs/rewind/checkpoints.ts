import { join } from 'node:path';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { Scope } from '../../target/scope.ts';
import type { OpenTarget } from '../../target/target.ts';
import { goBack } from './back.ts';
import type { Progress } from './back.ts';
import { machinesAtOnce, placeOf, sweep } from './place.ts';
import type { Place } from './place.ts';
import { openRecords } from './record.ts';
import type { CheckpointRecord } from './record.ts';
import { sideBySide } from './side-by-side.ts';
import { dropRecord, makeRoom } from './space.ts';
import { takeCheckpoint } from './take.ts';

/** A moment of a lab that it can go back to. */
export interface Checkpoint {
  /** Id of the step at whose beginning it was taken. */
  step: string;
  /** ISO 8601. */
  at: string;
  /** Every machine that ran goes on from its memory; else they start from their disks. */
  memory: boolean;
  /** That it took. */
  seconds: number;
  /** On disk, as far as the target tells. */
  bytes: number;
  /** What of the lab is not in it, in words. */
  notes: string[];
}
export type Taken =
  | { checkpoint: Checkpoint; /** Steps whose older checkpoints went for want of space. */ dropped: string[] }
  /** Why there is none, in words. The lab goes on. */
  | { noCheckpoint: string };

/** The run of a lab, by its name, on a target. */
export interface LabPlace {
  target: OpenTarget;
  lab: string;
}

export interface Checkpoints {
  /**
   * Keeps machines (disks, and memory where the target can), networks, faults and all other objects of the lab as they are
   * now, as the beginning of that step; an earlier one of the same step goes. Guests go on meanwhile. Never rejects for a
   * reason of the target's; AbortError on abort, with nothing left.
   */
  take(of: LabPlace, step: string, signal?: AbortSignal): Promise<Taken>;
  /** In the order they were taken. */
  list(of: LabPlace): Promise<Checkpoint[]>;
  /**
   * Everything as it was at the beginning of that step; later checkpoints go. Cut off at any point, it can be done again.
   * Resolves with what could not be brought back, in words. Throws Problems (`no-checkpoint`, `checkpoint-lost`,
   * `rewind-failed`, the target's own), AbortError.
   */
  back(of: LabPlace, step: string, signal: AbortSignal, onProgress?: Progress): Promise<string[]>;
  /** Forgets all of them, also what the target keeps; for the end of a lab, and before a new start. */
  drop(of: LabPlace): Promise<void>;
}

/** The checkpoints of labs. Pieces of work on one lab wait for each other; going back does not wait for a checkpoint that is just being taken. */
export function createCheckpoints({ paths, log }: Pick<Scope, 'paths' | 'log'>): Checkpoints {
  const turns = new Map<string, Promise<unknown>>();
  const taking = new Map<string, { step: string; stop: AbortController }>();
  const keyOf = ({ target, lab }: LabPlace): string => join('checkpoints', encodeURIComponent(target.state.value.id), lab); // prettier-ignore
  const open = (of: LabPlace): Place => placeOf(of.target, of.lab, openRecords(join(paths.root, keyOf(of)), log));
  const inTurn = <T>(of: LabPlace, work: (place: Place) => Promise<T>): Promise<T> => {
    const key = keyOf(of);
    const turn = (turns.get(key) ?? Promise.resolve()).then(() => work(open(of)));
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    turns.set(key, over);
    void over.then(() => turns.get(key) === over && turns.delete(key));
    return turn;
  };
  /** A checkpoint that is just being taken, of another step, is not worth waiting for. */
  const interrupt = (of: LabPlace, step?: string): void => {
    const now = taking.get(keyOf(of));
    if (now && now.step !== step) now.stop.abort();
  };
  return {
    take: (of, step, signal) =>
      inTurn(of, async (place) => {
        const stop = new AbortController();
        taking.set(keyOf(of), { step, stop });
        try {
          await sweep(place);
          const dropped = await makeRoom(place, paths.root);
          const earlier = await place.records.list();
          const record = await takeCheckpoint(place, step, signal ? AbortSignal.any([signal, stop.signal]) : stop.signal); // prettier-ignore
          for (const old of earlier) if (old.step === step) await dropRecord(place, old);
          return { checkpoint: told(record), dropped };
        } catch (error) {
          const { kind, title, detail, fix } = asProblem(error);
          if (kind === 'cancelled') throw error;
          log.warn({ lab: of.lab, step, err: error }, 'no checkpoint of a lab');
          return { noCheckpoint: [`${title}: ${detail}`, fix].filter(Boolean).join(' ') };
        } finally {
          taking.delete(keyOf(of));
        }
      }),
    list: async (of) => (await open(of).records.list()).map(told),
    back(of, step, signal, onProgress = () => undefined) {
      interrupt(of, step);
      return inTurn(of, async (place) => {
        signal.throwIfAborted();
        const record = (await place.records.list()).findLast((each) => each.step === step);
        if (!record) throw noCheckpoint(step);
        return goBack(place, record, signal, onProgress);
      });
    },
    drop(of) {
      interrupt(of);
      return inTurn(of, async (place) => {
        const records = await place.records.list();
        await place.records.clear();
        await sideBySide(records, machinesAtOnce, (record) => dropRecord(place, record));
        await sweep(place);
      });
    },
  };
}

const told = ({ step, at, seconds, bytes, notes, machines }: CheckpointRecord): Checkpoint => ({
  step,
  at,
  memory: machines.every(({ state, memory }) => state === 'off' || memory !== undefined),
  seconds,
  bytes,
  notes,
});

const noCheckpoint = (step: string): ProblemError =>
  new ProblemError({
    code: 'no-checkpoint',
    title: 'There is no checkpoint of this step',
    detail: `Nothing was kept at the beginning of ${step}, or it went for want of space.`,
    fix: 'Go back to another step, or end the lab and start it anew.',
    kind: 'denied',
  });
