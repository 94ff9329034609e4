import { isLinkLocal } from '../../../contract/box/address.ts';
import type { FoundBox } from '../../../contract/box/boxes.ts';
import type { BoxHello } from '../../../contract/box/state.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import { createLiveList } from '../../target/live-list.ts';
import type { LiveList } from '../../target/live-list.ts';
import type { Tasks } from '../../tasks/tasks.ts';
import type { BookEntry } from '../book/book.ts';
import { readAddress, writeAddress } from '../link/address.ts';
import { lookAtHello } from '../link/follow.ts';
import { keyChanged } from '../link/problems.ts';
import { browse } from './mdns.ts';
import { scanAddresses } from './networks.ts';
import { sweep } from './scan.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** What a look saw. */
interface Look {
  address: string;
  hello: BoxHello;
  fingerprint: string;
  how: FoundBox['how'];
  at: number;
}
export interface FindingOptions {
  tasks: Tasks;
  entries: () => readonly BookEntry[];
  /** Whether a secret of a written stick waits for its box. */
  enrolments: () => boolean;
  /** The pinned key of a known box answers here. */
  onKnown: (id: string, address: string) => void;
  log: Log;
  /** Instead of this computer's networks and of multicast; tests have their own. */
  addresses?: () => string[];
  mdns?: { port?: number; everyMs?: number } | false;
}
/** Boxes that say so, in the LAN. Nothing they say is believed. */
export interface Finding {
  readonly list: LiveList<FoundBox>;
  lookAt(address: string): Promise<FoundBox>;
  scan(): { taskId: string };
  /** Where something says that it is this box. */
  candidates(boxId: string): string[];
  /** Multicast DNS is asked for as long as anybody wants it. Returns how to stop wanting. */
  want(): () => void;
  /** What is known changed: rows are told anew. */
  refresh(): void;
  close(): void;
}

/** Found boxes that are kept; milliseconds until one is looked at again, and until it is gone. */
const most = 128;
const again = 25_000;
/** Announced addresses without a box that are remembered. */
const mostInVain = 512;
/** Looks at once that multicast may cause. */
const looksAtOnce = 8;

export function createFinding(options: FindingOptions): Finding {
  const { tasks, entries, log } = options;
  const list = createLiveList<FoundBox>();
  list.ready();
  const looks = new Map<string, Look>();
  /** Claimed by multicast: box id -> addresses. */
  const claims = new Map<string, string[]>();
  const looking = new Set<string>();
  /** Announced addresses where no box was, and when they were tried. */
  const inVain = new Map<string, number>();
  let wanted = 0;
  let browsing: Promise<{ close(): void }> | undefined;

  const rowOf = ({ address, hello, fingerprint, how }: Look): FoundBox => {
    const same = entries().find((each) => each.fingerprint === fingerprint);
    const former = entries().find((each) => each.id === hello.boxId && each.fingerprint !== fingerprint);
    return {
      address,
      hello,
      fingerprint,
      how,
      ...(same && { known: same.id }),
      ...(!same && hello.pairing.secret && options.enrolments() && { enrolment: true }),
      ...(former && { problem: keyChanged(address, former.fingerprint, fingerprint).problem }),
    };
  };
  function keep(look: Look): FoundBox {
    const same = [...looks.values()].find(({ fingerprint }) => fingerprint === look.fingerprint);
    // A box that announces several ways stays at the best that leads to it.
    if (look.how === 'mdns' && same && isFresh(same) && way(same.address) < way(look.address)) {
      const row = rowOf(look);
      if (row.known !== undefined) options.onKnown(row.known, look.address);
      return row;
    }
    // One box is one row: otherwise the newest address counts.
    for (const [address, other] of looks)
      if (other.fingerprint === look.fingerprint && address !== look.address) drop(address);
    // What somebody asked for outlives what only announced itself.
    if (looks.size >= most && !looks.has(look.address))
      drop([...looks.values()].find(({ how }) => how === 'mdns')?.address ?? looks.keys().next().value ?? '');
    looks.set(look.address, look);
    const row = rowOf(look);
    list.set(look.address, row);
    if (row.known !== undefined) options.onKnown(row.known, look.address);
    return row;
  }
  function drop(address: string): void {
    looks.delete(address);
    list.delete(address);
  }
  async function look(given: string, how: FoundBox['how'], connectMs?: number, signal?: AbortSignal): Promise<FoundBox> {
    const address = writeAddress(readAddress(given));
    const patience = { timeoutMs: 6000, ...(connectMs !== undefined && { connectMs }), ...(signal && { signal }) };
    const { hello, fingerprint } = await lookAtHello({ address }, patience);
    return keep({ address, hello, fingerprint, how, at: monotonic() });
  } // prettier-ignore

  function announced(addresses: string[], boxId: string | undefined): void {
    if (boxId !== undefined && entries().some(({ id }) => id === boxId)) claims.set(boxId, addresses);
    // One of its ways is known to lead to a box: the others are not asked as well.
    if (addresses.some((address) => monotonic() - (looks.get(address)?.at ?? 0) < again)) return;
    for (const address of addresses) {
      const known = looks.get(address);
      const at = Math.max(known?.at ?? 0, inVain.get(address) ?? 0);
      if (looking.has(address) || looking.size >= looksAtOnce || monotonic() - at < again) continue;
      looking.add(address);
      look(address, 'mdns', 3000)
        .catch((error: unknown) => {
          // Whoever announces what is not there must not keep us dialling it.
          inVain.set(address, monotonic());
          if (inVain.size > mostInVain) inVain.delete(inVain.keys().next().value ?? '');
          log.debug({ err: error, address }, 'announced, but not there');
        })
        .finally(() => looking.delete(address));
    }
  }
  /** What does not answer any more goes. */
  const renewing = setInterval(() => {
    if (wanted === 0) return;
    for (const { address, how, at } of looks.values()) {
      if (monotonic() - at < 2 * again || looking.has(address) || looking.size >= looksAtOnce) continue;
      looking.add(address);
      look(address, how, 3000)
        .catch(() => drop(address))
        .finally(() => looking.delete(address));
    }
  }, again);
  renewing.unref();

  return {
    list,
    async lookAt(given) {
      const address = writeAddress(readAddress(given));
      try {
        return await look(address, 'typed');
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        drop(address);
        return { address, how: 'typed', problem: asProblem(error) };
      }
    },
    scan() {
      const addresses = (options.addresses ?? scanAddresses)();
      if (addresses.length === 0) throw noNetwork;
      const { id } = tasks.start({ type: 'box-scan', title: 'Look for boxes in the network' }, async (task) => {
        let found = 0;
        await sweep(addresses, {
          signal: task.signal,
          async found(address) {
            try {
              await look(address, 'scan', 2500, task.signal);
              found += 1;
            } catch (error) {
              if (!(error instanceof ProblemError)) throw error; // what is no box is passed over
            }
          },
          onProgress: (tried) =>
            task.update({
              progress: tried / addresses.length,
              detail: `${tried} of ${addresses.length} addresses, ${found} ${found === 1 ? 'box' : 'boxes'}`,
            }),
        });
      });
      return { taskId: id };
    },
    candidates(boxId) {
      const claimed = claims.get(boxId) ?? [];
      const seen = [...looks.values()].filter(({ hello }) => hello.boxId === boxId).map(({ address }) => address);
      return [...new Set([...claimed, ...seen])];
    },
    want() {
      wanted += 1;
      if (options.mdns !== false)
        browsing ??= browse({ ...options.mdns, log, onFound: ({ addresses, boxId }) => announced(addresses, boxId) });
      browsing?.catch((error: unknown) => log.warn({ err: error }, 'multicast DNS is not possible'));
      let stopped = false;
      return () => {
        if (stopped) return;
        stopped = true;
        wanted -= 1;
        if (wanted === 0) stopBrowsing();
      };
    },
    refresh() {
      for (const each of looks.values()) list.set(each.address, rowOf(each));
    },
    close() {
      clearInterval(renewing);
      stopBrowsing();
    },
  };
  function stopBrowsing(): void {
    void browsing?.then(
      (browser) => browser.close(),
      () => undefined, // told above
    );
    browsing = undefined;
  }
}

const isFresh = ({ at }: Look): boolean => monotonic() - at < 2 * again;
/** The less, the better: IPv4, which a cluster of a box needs anyway, before IPv6, before what is good on one wire alone. */
const way = (address: string): number => (isLinkLocal(address) ? 2 : address.startsWith('[') ? 1 : 0);

const noNetwork = new ProblemError({
  code: 'no-network',
  title: 'This computer is in no network',
  detail: 'It has no IPv4 address but its own loopback.',
  fix: 'Connect it to the network of the box, by cable or Wi-Fi, then look again.',
});
