import type { BoxState } from '../../contract/box/state.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import type { DataPaths } from '../paths.ts';
import type { Book } from './book/book.ts';
import { turns } from '../shared-file.ts';
import { adoptCluster, clusterMoved } from './cluster/adopt.ts';
import type { TargetBook } from './cluster/adopt.ts';
import type { Link } from './link/link.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds until a cluster that could not be taken over is tried again by itself. */
const again = 60_000;

/** Takes clusters of boxes as targets: by itself once they are ready and when their address changed, and when asked. */
export function createAdopting(parts: { book: Book; paths: DataPaths; targets: TargetBook; log: Log }) {
  const { book, paths, log } = parts;
  const tried = new Map<string, number>();
  const inTurn = turns();
  const adopt = (link: Link, state: BoxState): Promise<string> =>
    inTurn(async () => {
      const targetId = await adoptCluster(link.reach(), state, parts);
      await book.edit(state.boxId, { targetId });
      link.note({ problem: undefined, targetId });
      return targetId;
    });
  async function look(link: Link, state: BoxState, address: string): Promise<void> {
    if (state.setup.appliance !== 'ready') return;
    const entry = book.entries.find(({ id }) => id === state.boxId);
    if (!entry || monotonic() - (tried.get(entry.id) ?? 0) < again) return;
    // One that was forgotten by hand stays forgotten.
    if (entry.targetId !== undefined && !(await clusterMoved(paths, state, address))) return;
    tried.set(entry.id, monotonic());
    try {
      await adopt(link, state);
      tried.delete(entry.id);
    } catch (error) {
      link.note({ problem: asProblem(error) });
      log.warn({ err: error, box: entry.id }, 'the cluster of a box was not taken over');
    }
  }
  return {
    /** After each state; what fails is told in the row. */
    onState(link: Link, state: BoxState, address: string): void {
      look(link, state, address).catch((error: unknown) =>
        log.error({ err: error }, 'a box could not be looked after'),
      );
    },
    /** Because a person asked. */
    async adopt(link: Link): Promise<{ targetId: string }> {
      const { row, state } = link.seen.value;
      if (!state || row.state !== 'online') throw away(row.problem, row.name);
      return { targetId: await adopt(link, state) };
    },
  };
}

const away = (problem: ProblemError['problem'] | undefined, name: string): ProblemError =>
  new ProblemError(
    problem ?? {
      code: 'box-unreachable',
      title: 'The box does not answer',
      detail: `${name} was not reached yet.`,
      fix: 'See whether the box is on, then try again.',
    },
  );
