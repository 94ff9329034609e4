import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { classPort, classService } from '../../../contract/class-seat.ts';
import type { HeldClass, SeatPictures, SeatRow } from '../../../contract/classroom.ts';
import type { ContractHandlers } from '../../../contract/contract.ts';
import { asProblem } from '../../../contract/problem.ts';
import type { AppIdentity } from '../../boxes/book/identity.ts';
import { ipv6Cards } from '../../boxes/finding/networks.ts';
import type { Log } from '../../log.ts';
import { announceService } from '../../own-box/announce.ts';
import type { AnnouncedService, Announcing } from '../../own-box/announce.ts';
import type { CodeDoor } from '../../own-box/code.ts';
import { createLiveList } from '../../target/live-list.ts';
import { createLiveValue } from '../../target/live-value.ts';
import { ownAddresses } from '../address.ts';
import { denied, noClass, seatAway, seatGone } from '../problems.ts';
import { openClassDoors } from './doors.ts';
import { createJoining } from './joining.ts';
import { mergePictures } from './pictures.ts';
import { openRoster } from './roster.ts';
import type { HeldEntry, SeatEntry } from './roster.ts';
import { openSeatLink } from './seat-link.ts';
import type { SeatLink } from './seat-link.ts';

export interface TeachingParts {
  folder: string;
  identity: AppIdentity;
  /** Text of a lab of the library. */
  labText: (lab: string) => Promise<string>;
  version: string;
  /** Tells the network where the class is; only tests are silent. */
  announce?: boolean | undefined;
  log: Log;
}
type Handlers = ContractHandlers['classroom'];
export type Teaching = Pick<Handlers, 'held' | 'seats' | 'open' | 'close' | 'code' | 'remove' | 'tell' | 'sendBack' | 'sendLab' | 'pictures' | 'console'> & {
  /** Ends the connections; the class and its seats stay for the next start. */
  shutDown: () => Promise<void>;
}; // prettier-ignore

/** What is open while a class is held. */
interface Open {
  code: CodeDoor;
  close(): Promise<void>;
}

/** The class that is held here. One that was open when Hearth ended is opened again. */
export async function openTeaching(parts: TeachingParts): Promise<Teaching> {
  const { identity, log } = parts;
  const roster = await openRoster(join(parts.folder, 'class.json'), log);
  const held = createLiveValue<HeldClass | undefined>(undefined);
  const seats = createLiveList<SeatRow>();
  const links = new Map<string, SeatLink>();
  /** Told when a seat comes or goes. */
  const moved = createLiveValue<number>(0);
  let open: Open | undefined;
  let announcing: Promise<Announcing<AnnouncedService>> | undefined;

  const say = (change: Partial<HeldClass>): void => {
    if (held.value) held.set({ ...held.value, ...change });
  };
  const rowOf = (seat: SeatEntry): SeatRow => ({ id: seat.id, name: seat.name, joinedAt: seat.joinedAt, state: 'away', since: seat.joinedAt }); // prettier-ignore
  const put = (seat: SeatEntry, change: Partial<SeatRow>): void => {
    if (!roster.held?.seats.some(({ id }) => id === seat.id)) return;
    const former = seats.get(seat.id) ?? rowOf(seat);
    const moves = change.state !== undefined && change.state !== former.state;
    const { problem: _former, ...rest } = former;
    seats.set(seat.id, { ...(change.state === 'here' ? rest : former), name: seat.name, joinedAt: seat.joinedAt, ...change, ...(moves && { since: new Date().toISOString() }) }); // prettier-ignore
  };

  function connected(seat: SeatEntry, socket: WebSocket): void {
    // The same seat once more: its network changed before the old connection was missed.
    void links.get(seat.id)?.end();
    const link = openSeatLink(socket, {
      now: (now) => put(seat, { now }),
      broken: (problem) => put(seat, { problem }),
    });
    links.set(seat.id, link);
    put(seat, { state: 'here' });
    moved.set(moved.value + 1);
    void link.closed.then(() => {
      if (links.get(seat.id) !== link) return;
      links.delete(seat.id);
      put(seat, { state: 'away' });
      moved.set(moved.value + 1);
    });
  }
  async function drop(id: string, why?: 'ended' | 'removed'): Promise<void> {
    const link = links.get(id);
    links.delete(id);
    seats.delete(id);
    moved.set(moved.value + 1);
    await link?.end(why);
  }

  /** Opens the doors for the class of the roster. */
  async function openFor(entry: HeldEntry, port: number): Promise<number> {
    const { code, doors } = createJoining({
      fingerprint: identity.fingerprint,
      roster,
      onCode(shown) {
        if (!held.value) return;
        const { code: _code, waitUntil: _wait, ...rest } = held.value;
        const wait = open?.code.wait() ?? 0;
        held.set({
          ...rest,
          ...(shown && { code: { digits: shown.digits, until: new Date(shown.until).toISOString() } }),
          ...(wait > 0 && { waitUntil: new Date(Date.now() + wait).toISOString() }),
        });
      },
      left: ({ id }) => void drop(id),
    });
    const opened = await openClassDoors({ port, tls: { cert: identity.cert, key: identity.key }, doors: { ...doors, connected }, log }); // prettier-ignore
    open = {
      code,
      async close() {
        code.close();
        await opened.close();
      },
    };
    const { id, name, teacher, askFirst, openedAt } = entry;
    const addresses = ownAddresses(opened.port);
    for (const seat of entry.seats) seats.set(seat.id, rowOf(seat));
    held.set({ id, name, teacher, askFirst, openedAt, addresses, port: opened.port, fingerprint: identity.fingerprint });
    if (parts.announce !== false) {
      announcing ??= announceService(log);
      announcing
        .then((announcing) => announcing.say({ ...classService, name: `hearth-class-${id.slice(0, 8)}`, txt: { id, name, v: parts.version }, port: opened.port, addresses, cards: ipv6Cards() }))
        .catch((error: unknown) => log.debug({ err: error }, 'the class is not announced'));
    }
    return opened.port;
  } // prettier-ignore
  async function shut(): Promise<void> {
    const former = open;
    open = undefined;
    const said = announcing;
    announcing = undefined;
    await Promise.all([...links.values()].map((link) => link.end()));
    links.clear();
    await former?.close();
    await (await said?.catch(() => undefined))?.close();
  }
  const openNow = (): Open => {
    if (!open || !roster.held) throw noClass();
    return open;
  };
  const linkOf = (id: string): SeatLink => {
    const seat = roster.held?.seats.find((each) => each.id === id);
    if (!seat) throw seatGone();
    const link = links.get(id);
    if (!link) throw seatAway(seat.name);
    return link;
  };

  seats.ready();
  if (roster.held) {
    const entry = roster.held;
    await openFor(entry, entry.port).catch((error: unknown) => {
      log.warn({ err: error }, 'the class that was open could not be opened again');
      const { id, name, teacher, askFirst, openedAt, port } = entry;
      for (const seat of entry.seats) seats.set(seat.id, rowOf(seat));
      held.set({ id, name, teacher, askFirst, openedAt, port, addresses: [], fingerprint: identity.fingerprint, problem: asProblem(error) }); // prettier-ignore
    });
  }
  return {
    held: (_input, { signal }) => held.watch(signal),
    seats: (_input, { signal }) => seats.watch(signal),
    async open({ name, teacher, askFirst, port = classPort }) {
      if (roster.held) throw denied('class-open', 'A class is open already', `"${roster.held.name}" is held here.`, 'End it first.'); // prettier-ignore
      const wanted = { name, teacher, askFirst };
      const entry = await roster.begin({ ...wanted, port: port || classPort });
      try {
        const got = await openFor(entry, port);
        // A seat comes back to the port that it knows.
        if (got !== entry.port) await roster.moved(got);
        openNow().code.open();
      } catch (error) {
        await roster.end();
        held.set(undefined);
        throw error;
      }
    },
    async close() {
      if (!roster.held) throw noClass();
      await roster.end();
      await Promise.all(seats.values().map(({ id }) => drop(id, 'ended')));
      await shut();
      held.set(undefined);
    },
    code({ show }) {
      const { code } = openNow();
      if (show) code.open();
      else code.shut();
    },
    async remove({ seat }) {
      await roster.remove(seat);
      await drop(seat, 'removed');
    },
    tell: ({ seat, kind, text }) => linkOf(seat).tell({ kind, text }),
    sendBack: ({ seat, lab, step }) => linkOf(seat).goBack({ lab, step }),
    sendLab: async ({ seat, lab }) => linkOf(seat).takeLab(await parts.labText(lab)),
    pictures: ({ seat }, { signal }): AsyncGenerator<SeatPictures> =>
      mergePictures({
        links: () => (seat === undefined ? links : new Map([...links].filter(([id]) => id === seat))),
        moved,
        machines: seat === undefined ? 1 : 8,
        signal,
      }),
    console: ({ seat, machine, kind }, { signal }) => linkOf(seat).console({ machine, kind }, signal),
    async shutDown() {
      await shut();
      say({ addresses: [] });
    },
  };
}
