import type { EventEmitter } from 'node:events';
import type { Service } from 'bonjour-service';
import { boxService } from '../../contract/box/doors.ts';
import type { BoxHello } from '../../contract/box/state.ts';
import type { Log } from '../log.ts';

export interface Announcement {
  hello: BoxHello;
  fingerprint: string;
  port: number;
  /** What it may be found at; another one is announced anew. */
  addresses: string[];
  /** Network cards that have an IPv6 address: announced over each by IPv6 too. */
  cards: string[];
}
export interface Announcing<What = Announcement> {
  /** Says this in the LAN from now on. */
  say(what: What): void;
  close(): Promise<void>;
}
/** A service as DNS-SD knows it. */
export interface AnnouncedService {
  type: string;
  protocol: 'tcp' | 'udp';
  name: string;
  host?: string;
  txt: Record<string, string>;
  port: number;
  /** What it may be found at; another one is announced anew. */
  addresses: string[];
  /** Network cards that have an IPv6 address: announced over each by IPv6 too. */
  cards: string[];
}

/** Announces the box. */
export async function announce(log: Log): Promise<Announcing> {
  const announcing = await announceService(log);
  return {
    say({ hello: { boxId, name, stage, version }, fingerprint, port, addresses, cards }) {
      const txt = { id: boxId, name, st: stage, fp: fingerprint.slice(0, 16), v: version };
      announcing.say({ ...boxService, name: `${name}-${boxId.slice(0, 6)}`, host: `${name}.local`, txt, port, addresses, cards }); // prettier-ignore
    },
    close: () => announcing.close(),
  };
}

/** Announces by DNS-SD, as a hint where to look. Without multicast nobody hears it, and nothing else is amiss. */
export async function announceService(log: Log): Promise<Announcing<AnnouncedService>> {
  const { Bonjour } = await import('bonjour-service');
  const open = (cards: readonly string[]) =>
    [{}, ...cards.map((card) => ({ type: 'udp6', ip: 'ff02::fb', interface: `::%${card}` }))].map((how) => {
      const made = new Bonjour(how as object, failed);
      // Its types hide it; a port that somebody keeps for himself must not end everything.
      (made as unknown as { server: { mdns: EventEmitter } }).server.mdns.on('error', failed);
      return made;
    });
  let bonjours = open([]);
  let services: Service[] = [];
  let said = '';
  let places = '';
  function failed(error: unknown): void {
    log.debug({ err: error }, 'multicast DNS');
  }
  const stop = async (): Promise<void> => {
    const former = bonjours;
    services = [];
    await Promise.all(
      former.map(
        (each) =>
          new Promise<void>((resolve) => {
            // Goodbyes cannot be sent where there is no network: the end does not wait for them.
            const limit = setTimeout(resolve, 1000);
            each.unpublishAll(() => {
              clearTimeout(limit);
              resolve();
            });
          }),
      ),
    );
    for (const each of former) each.destroy();
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    say({ addresses, cards, ...what }) {
      const where = JSON.stringify([addresses, cards]);
      const text = JSON.stringify([what, where]);
      if (text === said) return;
      said = text;
      turn = turn
        .then(async () => {
          // Sockets are bound to the interfaces of when they were made.
          const moved = places !== where;
          places = where;
          if (moved) {
            await stop();
            bonjours = open(cards);
          } else
            await Promise.all(
              services.map((each) => new Promise<void>((resolve) => void (each.stop?.(() => resolve()) ?? resolve()))),
            );
          services = bonjours.map((bonjour) => {
            const service = bonjour.publish({ ...what, probe: false });
            service.on('error', failed);
            return service;
          });
        })
        .catch((error: unknown) => log.warn({ err: error }, 'it could not be announced'));
    },
    async close() {
      await turn;
      await stop();
    },
  };
}
