import { join } from 'node:path';
import { monotonic } from '../../contract/monotonic.ts';
import { asProblem } from '../../contract/problem.ts';
import type { SetResult } from '../../contract/sets.ts';
import type { Log } from '../log.ts';
import { pause } from '../target/live-list.ts';
import { changesOf, printOf, readChecked } from './changes.ts';
import { fetchSource } from './git.ts';
import type { Source } from './read.ts';
import { emptyResult } from './run.ts';
import type { Follow } from './store.ts';

/** Milliseconds until something that failed is tried again. */
const againMs = 60_000;

export interface FollowParts {
  /** Where copies of repositories are kept. */
  folder: string;
  /** Applies it to the target; `quiet`: the same as before, so nobody need see it as a task. Never throws but when it is cut off. */
  apply: (target: string, follow: Follow, source: Source, quiet: boolean, signal: AbortSignal) => Promise<SetResult>;
  told: (target: string, result: SetResult) => Promise<void>;
  log: Log;
}
interface Follower {
  /** Looks now, whatever was seen before. Resolves with what came of it. */
  now(): Promise<SetResult>;
  stop(): Promise<void>;
}

/** Keeps one target in step with a folder or a branch until it is stopped: one look after the other. */
export function startFollowing(target: string, follow: Follow, parts: FollowParts): Follower {
  const { folder, apply, told, log } = parts;
  const over = new AbortController();
  const { signal } = over;
  /** What was applied last, and whether all of it was. */
  let seen: { print: string; settled: boolean } | undefined;
  let working: Promise<SetResult | undefined> = Promise.resolve(undefined);

  const read = (): Promise<Source> =>
    follow.source.type === 'folder'
      ? readChecked(follow.source.dir, signal)
      : fetchSource(join(folder, `${target}.git`), follow.source, signal);

  async function look(anyway: boolean): Promise<SetResult | undefined> {
    let source: Source;
    try {
      source = await read();
    } catch (error) {
      if (signal.aborted) return undefined;
      const { title, detail, fix } = asProblem(error);
      const print = `${title} ${detail}`;
      const result: SetResult = { ...emptyResult(follow.name, undefined), ok: false, problem: { title, detail, ...(fix !== undefined && { fix }) } }; // prettier-ignore
      if (anyway || seen?.print !== print) await told(target, result);
      seen = { print, settled: false };
      return result;
    }
    const print = printOf(source);
    const same = seen?.print === print;
    if (same && seen?.settled && !anyway) return undefined;
    const result = await apply(target, follow, source, same && !anyway, signal);
    if (signal.aborted) return undefined;
    // A wrong file stays wrong until it is changed; what was refused or not reached may go another time.
    seen = { print, settled: result.ok || result.findings.length > 0 };
    await told(target, result);
    return result;
  }
  /** In turn: two looks at a time would apply one thing twice. */
  function inTurn(anyway: boolean): Promise<SetResult | undefined> {
    const next = working.then(() => (signal.aborted ? undefined : look(anyway)));
    working = next.catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error, target }, 'a set could not be followed');
      return undefined;
    });
    return next;
  }
  async function run(): Promise<void> {
    if (follow.source.type === 'git') {
      while (!signal.aborted) {
        await inTurn(false).catch(() => undefined); // in the log
        await pause(follow.source.every * 1000, signal);
      }
      return;
    }
    await inTurn(false).catch(() => undefined); // in the log
    let last = monotonic();
    for await (const _ of changesOf(follow.source.dir, signal)) {
      // Told of every 15 seconds: what is settled costs a look at the files, what failed is not tried again that often.
      if (seen && !seen.settled && monotonic() - last < againMs && printOf(await read().catch(() => none)) === seen.print) continue; // prettier-ignore
      last = monotonic();
      await inTurn(false).catch(() => undefined); // in the log
    }
  }
  const running = run().catch((error: unknown) => {
    if (!signal.aborted) log.error({ err: error, target }, 'a set is not followed any more');
  });
  return {
    async now() {
      const result = await inTurn(true);
      return result ?? { ...emptyResult(follow.name, undefined), ok: false };
    },
    async stop() {
      over.abort();
      await running;
      await working;
    },
  };
}

const none: Source = { files: [], findings: [] };
