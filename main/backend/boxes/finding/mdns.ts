import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Bonjour as BonjourType } from 'bonjour-service';
import { isLinkLocal } from '../../../contract/box/address.ts';
import { boxService } from '../../../contract/box/doors.ts';
import { randomIdSchema } from '../../../contract/box/words.ts';
import type { Log } from '../../log.ts';
import { writeAddress } from '../link/address.ts';
import { line } from '../link/plain-words.ts';
import { ipv6Cards } from './networks.ts';

/** What an announcement in the LAN claims. Anybody may send one: it says where to look, nothing else. */
export interface Announced {
  addresses: string[];
  boxId?: string;
  /** What it calls itself, shortened. */
  name?: string;
}
export interface BrowseOptions {
  onFound: (announced: Announced) => void;
  log: Log;
  /** Boxes unless told. */
  service?: { type: string; protocol: 'tcp' | 'udp' };
  /** Milliseconds between two questions; 10 s unless told. */
  everyMs?: number;
  /** Of multicast; only tests have another one. */
  port?: number;
  /** Cards to ask over by IPv6; those of this computer unless told. */
  cards?: () => string[];
}

/** Announcements taken from one question; packets a second. More are a flood. */
const mostServices = 64;
const mostPackets = 200;

/**
 * Asks for boxes by DNS-SD again and again until it is closed. Whatever comes in (floods, garbage, names of other kinds) is
 * bounded and never more than a hint; where multicast is not possible nothing is found.
 */
export async function browse(options: BrowseOptions): Promise<{ close(): void }> {
  const { log, everyMs = 10_000, cards = ipv6Cards } = options;
  const { Bonjour } = await import('bonjour-service');
  /** Undefined: IPv4, over all cards at once. */
  const open = new Map<string | undefined, Asking>();
  const ask = (): void => {
    const now = [undefined, ...cards()];
    // One that comes back is another one to the system.
    for (const [card, gone] of open)
      if (!now.includes(card)) {
        gone.close();
        open.delete(card);
      }
    for (const card of now)
      try {
        if (!open.has(card)) open.set(card, askOver(Bonjour, card, options));
        open.get(card)?.ask();
      } catch (error) {
        log.debug({ err: error, card }, 'multicast DNS is not possible there');
      }
  };
  const asking = setInterval(ask, everyMs);
  ask();
  return {
    close() {
      clearInterval(asking);
      for (const each of open.values()) each.close();
    },
  };
}

interface Asking {
  ask(): void;
  close(): void;
}
/** One socket with its library. Over IPv6 multicast has no card of its own accord: each has a socket. */
function askOver(Bonjour: typeof BonjourType, card: string | undefined, options: BrowseOptions): Asking {
  const { onFound, log, service: wanted = boxService, port } = options;
  const socket = createSocket({ type: card === undefined ? 'udp4' : 'udp6', reuseAddr: true });
  let packets = 0;
  // The library's listeners run inside `emit`, and throw on packets (and errors) that they did not expect.
  const emit = socket.emit.bind(socket) as (event: string, ...args: unknown[]) => boolean;
  socket.emit = (event: string, ...args: unknown[]): boolean => {
    if (event === 'message' && (packets += 1) > mostPackets) return false;
    try {
      return emit(event, ...args);
    } catch (error) {
      log.debug({ err: error }, 'multicast DNS: passed over');
      return true;
    }
  };
  const settings = { socket, ...(port !== undefined && { port }), ...(card !== undefined && { type: 'udp6', ip: 'ff02::fb', interface: `::%${card}` }) }; // prettier-ignore
  // Its types know the settings of services only; these go to multicast-dns.
  const bonjour = new Bonjour(settings as object, (error: unknown) => log.debug({ err: error }, 'multicast DNS'));
  let browser: ReturnType<typeof bonjour.find> | undefined;
  const ask = (): void => {
    browser?.stop();
    let taken = 0;
    // A new one each time: it then tells of boxes that only changed their address, and forgets what a flood left.
    browser = bonjour.find({ type: wanted.type, protocol: wanted.protocol }, (service) => {
      if ((taken += 1) > mostServices) {
        browser?.stop();
        return;
      }
      const announced = readService(service);
      if (announced) onFound(announced);
    });
  };
  const counting = setInterval(() => (packets = 0), 1000);
  return {
    ask,
    close() {
      clearInterval(counting);
      browser?.stop();
      bonjour.destroy();
    },
  };
}

/** Takes out of an announcement what can be used. Pure; undefined for garbage. */
export function readService(service: {
  port?: unknown;
  addresses?: unknown;
  txt?: unknown;
  referer?: unknown;
}): Announced | undefined {
  const port = Number(service.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const said = Array.isArray(service.addresses) ? (service.addresses as unknown[]) : [];
  const from = (service.referer as { address?: unknown } | undefined)?.address;
  // A link-local address means nothing without the card that it was heard over.
  const [, card] = typeof from === 'string' ? (/%([A-Za-z0-9._~-]{1,15})$/.exec(from) ?? []) : [];
  const addresses = [...new Set([...said.slice(0, 8), from])]
    .filter((each): each is string => typeof each === 'string' && isIP(each) !== 0 && usable(each))
    // Nobody but this computer itself may send us to its own services.
    .filter((each) => !isLoopback(each) || (typeof from === 'string' && isLoopback(from)))
    .flatMap((each) => (!isLinkLocal(each) ? each : card === undefined ? [] : `${each.replace(/%.*$/, '')}%${card}`))
    .sort(
      (a, b) => Number(a.includes(':')) - Number(b.includes(':')) || Number(isLinkLocal(a)) - Number(isLinkLocal(b)),
    )
    .map((host) => writeAddress({ host, port }));
  if (addresses.length === 0) return undefined;
  const id = randomIdSchema.safeParse((service.txt as Record<string, unknown> | undefined)?.['id']);
  const named = (service.txt as Record<string, unknown> | undefined)?.['name'];
  const name = typeof named === 'string' ? line(named.slice(0, 100)) : '';
  return { addresses: [...new Set(addresses)].slice(0, 4), ...(id.success && { boxId: id.data }), ...(name !== '' && { name }) }; // prettier-ignore
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
/** Nobody's computer has these. */
const usable = (address: string): boolean =>
  !/^(0\.|22[4-9]\.|23\d\.|2[45]\d\.|169\.254\.|::$|::ffff:|ff)/i.test(address);
