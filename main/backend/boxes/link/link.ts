import type { BoxRow } from '../../../contract/box/boxes.ts';
import type { BoxState } from '../../../contract/box/state.ts';
import { asProblem } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import { createLiveValue } from '../../target/live-value.ts';
import type { LiveValue } from '../../target/live-value.ts';
import { pause } from '../../target/live-list.ts';
import type { BookEntry } from '../book/book.ts';
import type { AppIdentity } from '../book/identity.ts';
import { readAddress, writeAddress } from './address.ts';
import type { Reach } from './dial.ts';
import { followState } from './follow.ts';

export interface Seen {
  row: BoxRow;
  state?: BoxState;
}
export interface LinkOptions {
  entry: BookEntry;
  /** What it said before Hearth was started, and when. */
  last?: { heardAt: string; state: BoxState } | undefined;
  identity: AppIdentity;
  /** Where else it says it is; a hint only. */
  candidates: () => string[];
  /** What is worth remembering changed. */
  remember: (change: Partial<Pick<BookEntry, 'name' | 'address' | 'seenAt' | 'macs'>>) => Promise<void>;
  /** Each state that came over the proven connection. */
  onState?: (state: BoxState, address: string) => void;
  log: Log;
  /** Milliseconds; tests have less of them. */
  pace?: { first: number; longest: number; idle: number };
}
/** The connection to one paired box, held for as long as Hearth runs. */
export interface Link {
  readonly seen: LiveValue<Seen>;
  /** Where it is spoken to now, with its pin and our certificate. Throws what stands in the way, when that is known. */
  reach(): Reach & { pin: string };
  /** It may be here: tried at once unless it is online. Only the pinned key is ever accepted. */
  hint(address: string): void;
  /** Other words for the row, e.g. a problem with its cluster. */
  note(fields: { problem?: Problem | undefined; targetId?: string | undefined }): void;
  close(): Promise<void>;
}

const usualPace = { first: 1000, longest: 30_000, idle: 20_000 };
/** At a hard stop nothing gets better by itself soon. */
const stopped = (problem: Problem | undefined): boolean =>
  problem?.code === 'box-key-changed' || problem?.code === 'box-revoked';

export function openLink(options: LinkOptions): Link {
  const { entry, identity, remember, log, pace = usualPace } = options;
  const closing = new AbortController();
  const hints = new Set<string>();
  let known = entry;
  let wake = new AbortController();
  /** Somewhere to look came up meanwhile. */
  let hinted = false;
  let trouble: Problem | undefined;
  let noted: Problem | undefined;
  const seen = createLiveValue<Seen>({
    row: {
      id: entry.id,
      name: entry.name,
      address: entry.address,
      fingerprint: entry.fingerprint,
      state: 'connecting',
      since: new Date().toISOString(),
      macs: entry.macs,
      pairedAt: entry.pairedAt,
      ...(options.last && { last: options.last.state }),
      ...(entry.targetId !== undefined && { targetId: entry.targetId }),
    },
  });
  /** When it was heard before this link, until it is heard again. */
  let before = options.last?.heardAt;
  const put = (change: Partial<BoxRow>, state: BoxState | undefined = seen.value.state): void => {
    const former = seen.value.row;
    const changed = change.state !== undefined && change.state !== former.state;
    const { problem: _former, ...rest } = { ...former, ...change };
    const problem = trouble ?? noted;
    // It went away while nobody looked: what is known is when it was heard last.
    const since = change.state === 'offline' && before !== undefined ? before : new Date().toISOString();
    const row: BoxRow = { ...rest, ...(changed && { since }), ...(problem && { problem }) };
    const next = { row, ...(state && { state }) };
    if (JSON.stringify(next) !== JSON.stringify(seen.value)) seen.set(next);
  };
  const keep = (change: Parameters<typeof remember>[0]): void => {
    const news = Object.entries(change).some(([key, value]) => JSON.stringify(value) !== JSON.stringify(known[key as keyof BookEntry])); // prettier-ignore
    if (!news) return;
    known = { ...known, ...change };
    remember(change).catch((error: unknown) =>
      log.error({ err: error, box: entry.id }, 'a box could not be remembered'),
    );
  };

  function online(state: BoxState, address: string): void {
    trouble = undefined;
    before = undefined;
    hints.delete(address);
    const macs = state.addresses.filter(({ kind, mac }) => kind === 'ethernet' && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)).map(({ mac }) => mac).slice(0, 32); // prettier-ignore
    const coming = seen.value.row.state !== 'online';
    keep({ name: state.name, address, ...(macs.length > 0 && { macs }), ...(coming && { seenAt: new Date().toISOString() }) }); // prettier-ignore
    put({ state: 'online', address, name: state.name, macs: known.macs, last: state }, state);
    options.onState?.(state, address);
  }

  /** Every place where it may be, the last one first. Resolves with why none of them was it. */
  async function tryAll(): Promise<Problem | undefined> {
    let worst: Problem | undefined;
    for (const address of addresses()) {
      try {
        await followState({
          reach: { address, pin: entry.fingerprint, identity },
          boxId: entry.id,
          onState: (state) => online(state, address),
          idleMs: pace.idle,
          signal: closing.signal,
        });
        return undefined; // it was there, and the connection ended
      } catch (error) {
        if (closing.signal.aborted) return undefined;
        const problem = asProblem(error);
        const wasOnline = seen.value.row.state === 'online';
        if (wasOnline) return problem;
        hints.delete(address);
        // Of a hint nobody is alarmed: another box may well have that name.
        if (!worst || (address === known.address && stopped(problem)) || problem.code === 'box-revoked')
          worst = problem;
      }
    }
    return worst;
  }
  /** A fixed address that it was told to try when it was heard last. */
  const tried = (): string[] => {
    const addressing = seen.value.row.last?.network.trial?.network?.addressing;
    if (addressing?.method !== 'static') return [];
    return [writeAddress({ host: addressing.address.replace(/\/.*$/, ''), port: readAddress(known.address).port })];
  };
  const addresses = (): string[] => {
    const all = [known.address, ...tried(), ...hints, ...options.candidates()].map((each) =>
      writeAddress(readAddress(each)),
    );
    return [...new Set(all)].slice(0, 8);
  };

  async function run(): Promise<void> {
    let failures = 0;
    while (!closing.signal.aborted) {
      hinted = false;
      const problem = await tryAll();
      if (closing.signal.aborted) return;
      // It was there a moment ago: most often it only restarts, or its network changed.
      failures = seen.value.row.state === 'online' ? 0 : failures + 1;
      trouble = problem;
      if (failures > 0 || problem) put({ state: stateOf(problem) });
      else put({ state: 'connecting' });
      wake = new AbortController();
      const wait = stopped(problem) ? pace.longest : Math.min(pace.longest, pace.first * 2 ** Math.min(failures, 10));
      if (!hinted) await pause(failures === 0 ? pace.first : wait, AbortSignal.any([closing.signal, wake.signal]));
    }
  }
  const running = run().catch((error: unknown) => log.error({ err: error, box: entry.id }, 'a box is not followed any more')); // prettier-ignore
  return {
    seen,
    reach() {
      return { address: seen.value.row.address, pin: entry.fingerprint, identity };
    },
    hint(address) {
      if (seen.value.row.state === 'online') return;
      hints.add(address);
      hinted = true;
      if (hints.size > 8) hints.delete([...hints][0] ?? '');
      wake.abort();
    },
    note(fields) {
      if ('problem' in fields) noted = fields.problem;
      put(fields.targetId === undefined ? {} : { targetId: fields.targetId });
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

const stateOf = (problem: Problem | undefined): BoxRow['state'] =>
  problem?.code === 'box-key-changed' ? 'changed' : problem?.code === 'box-revoked' ? 'revoked' : 'offline';
