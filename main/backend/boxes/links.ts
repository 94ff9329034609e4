import type { BoxRow } from '../../contract/box/boxes.ts';
import type { BoxState } from '../../contract/box/state.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { createLiveList } from '../target/live-list.ts';
import type { LiveList } from '../target/live-list.ts';
import type { Book, BookEntry } from './book/book.ts';
import type { AppIdentity } from './book/identity.ts';
import type { LastStates } from './book/last-states.ts';
import type { Finding } from './finding/finding.ts';
import { openLink } from './link/link.ts';
import type { Link, LinkOptions, Seen } from './link/link.ts';

interface Held {
  link: Link;
  entry: BookEntry;
  over: AbortController;
  /** Stops wanting multicast. */
  unwant?: (() => void) | undefined;
}
/** One link a paired box, opened and closed as the book tells. */
export interface Links {
  readonly list: LiveList<BoxRow>;
  /** Throws the Problem `no-such-box`. */
  get(id: string): Link;
  hint(id: string, address: string): void;
  /** What is seen of one box; ends with `no-such-box` when it is forgotten. */
  watch(id: string, signal: AbortSignal): AsyncGenerator<Seen>;
  close(): Promise<void>;
}

export function openLinks(options: {
  book: Book;
  lastStates: LastStates;
  identity: AppIdentity;
  finding: () => Finding;
  onState: (link: Link, state: BoxState, address: string) => void;
  log: Log;
  pace?: LinkOptions['pace'];
}): Links {
  const { book, lastStates, identity, finding, log } = options;
  const list = createLiveList<BoxRow>();
  const held = new Map<string, Held>();
  const closing: Promise<unknown>[] = [];

  function open(entry: BookEntry): void {
    const over = new AbortController();
    const link = openLink({
      entry,
      last: lastStates.get(entry),
      identity,
      candidates: () => finding().candidates(entry.id),
      remember: (change) => book.edit(entry.id, change),
      onState(state, address) {
        if (over.signal.aborted) return; // it was forgotten while this was read
        lastStates.keep(entry, state);
        options.onState(link, state, address);
      },
      log,
      ...(options.pace && { pace: options.pace }),
    });
    const mine: Held = { link, entry, over };
    held.set(entry.id, mine);
    const following = (async () => {
      for await (const { row } of link.seen.watch(over.signal)) {
        if (over.signal.aborted) return;
        list.set(entry.id, row);
        // Whoever is away may have another address by now.
        if (row.state === 'online') {
          mine.unwant?.();
          mine.unwant = undefined;
        } else if (row.state !== 'connecting') mine.unwant ??= finding().want();
      }
    })();
    following.catch((error: unknown) => log.error({ err: error, box: entry.id }, 'a box is not shown any more'));
  }
  async function shut(id: string): Promise<void> {
    const found = held.get(id);
    if (!found) return;
    held.delete(id);
    found.over.abort();
    found.unwant?.();
    await found.link.close();
  }
  function take(): void {
    const now = new Map(book.entries.map((entry) => [entry.id, entry]));
    for (const [id, { entry, link }] of held) {
      const next = now.get(id);
      // Paired anew: the former link may have given up.
      const same = next?.fingerprint === entry.fingerprint && next.pairedAt === entry.pairedAt;
      if (same && next.targetId !== link.seen.value.row.targetId) link.note({ targetId: next.targetId });
      if (same) continue;
      closing.push(shut(id).catch((error: unknown) => log.error({ err: error }, 'a link did not close')));
      if (next) continue;
      list.delete(id);
      lastStates.drop(id);
    }
    for (const [id, entry] of now) if (!held.has(id)) open(entry);
    if (book.notice && now.size === 0) list.stale(book.notice);
    else list.live();
  }
  const unlisten = book.listen(take);
  take();
  // Rows of the first moment are there before anybody is told.
  for (const [id, { link }] of held) list.set(id, link.seen.value.row);
  list.ready();
  const get = (id: string): Held => {
    const found = held.get(id);
    if (found) return found;
    throw noSuchBox(id);
  };
  return {
    list,
    get: (id) => get(id).link,
    hint: (id, address) => held.get(id)?.link.hint(address),
    async *watch(id, signal) {
      while (!signal.aborted) {
        const { link, over } = get(id);
        yield* link.seen.watch(AbortSignal.any([signal, over.signal]));
      }
    },
    async close() {
      unlisten();
      // Those that are there were heard just now, also when they had nothing new to say for days.
      for (const { entry, link } of held.values()) {
        const { row, state } = link.seen.value;
        if (row.state === 'online' && state) lastStates.keep(entry, state);
      }
      await Promise.all([...held.keys()].map(shut));
      await Promise.all(closing);
    },
  };
}

const noSuchBox = (id: string): ProblemError =>
  new ProblemError({
    code: 'no-such-box',
    title: 'This box is not paired (any more)',
    detail: `There is no paired box ${id}.`,
    fix: 'Look for it on the page Boxes and pair it.',
  });
