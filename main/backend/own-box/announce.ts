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
}
export interface Announcing {
  /** Says this in the LAN from now on. */
  say(what: Announcement): void;
  close(): Promise<void>;
}

/** Announces the box by DNS-SD, as a hint where to look. Without multicast nobody hears it, and nothing else is amiss. */
export async function announce(log: Log): Promise<Announcing> {
  const { Bonjour } = await import('bonjour-service');
  let bonjour = new Bonjour({}, failed);
  let service: Service | undefined;
  let said = '';
  let places = '';
  function failed(error: unknown): void {
    log.debug({ err: error }, 'multicast DNS');
  }
  const stop = async (): Promise<void> => {
    const former = bonjour;
    service = undefined;
    await new Promise<void>((resolve) => {
      // Goodbyes cannot be sent where there is no network: the end does not wait for them.
      const limit = setTimeout(resolve, 1000);
      former.unpublishAll(() => {
        clearTimeout(limit);
        resolve();
      });
    });
    former.destroy();
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    say({ hello, fingerprint, port, addresses }) {
      const { boxId, name, stage, version } = hello;
      const txt = { id: boxId, name, st: stage, fp: fingerprint.slice(0, 16), v: version };
      const text = JSON.stringify([txt, port, addresses]);
      if (text === said) return;
      said = text;
      turn = turn
        .then(async () => {
          // Sockets are bound to the interfaces of when they were made.
          const moved = places !== addresses.join();
          places = addresses.join();
          if (service && moved) {
            await stop();
            bonjour = new Bonjour({}, failed);
          } else if (service)
            await new Promise<void>((resolve) => void (service?.stop?.(() => resolve()) ?? resolve()));
          service = bonjour.publish({
            name: `${name}-${boxId.slice(0, 6)}`,
            host: `${name}.local`,
            type: boxService.type,
            protocol: boxService.protocol,
            port,
            txt,
            probe: false,
          });
          service.on('error', failed);
        })
        .catch((error: unknown) => log.warn({ err: error }, 'the box could not be announced'));
    },
    async close() {
      await turn;
      await stop();
    },
  };
}
