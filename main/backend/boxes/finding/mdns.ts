import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { boxService } from '../../../contract/box/doors.ts';
import { randomIdSchema } from '../../../contract/box/words.ts';
import type { Log } from '../../log.ts';
import { writeAddress } from '../link/address.ts';

/** What an announcement in the LAN claims. Anybody may send one: it says where to look, nothing else. */
export interface Announced {
  addresses: string[];
  boxId?: string;
}
export interface BrowseOptions {
  onFound: (announced: Announced) => void;
  log: Log;
  /** Milliseconds between two questions; 10 s unless told. */
  everyMs?: number;
  /** Of multicast; only tests have another one. */
  port?: number;
}

/** Announcements taken from one question; packets a second. More are a flood. */
const mostServices = 64;
const mostPackets = 200;

/**
 * Asks for boxes by DNS-SD again and again until it is closed. Whatever comes in (floods, garbage, names of other kinds) is
 * bounded and never more than a hint; where multicast is not possible nothing is found.
 */
export async function browse(options: BrowseOptions): Promise<{ close(): void }> {
  const { onFound, log, everyMs = 10_000 } = options;
  const { Bonjour } = await import('bonjour-service');
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
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
  const settings = { socket, ...(options.port !== undefined && { port: options.port }) };
  // Its types know the settings of services only; these go to multicast-dns.
  const bonjour = new Bonjour(settings, (error: unknown) => log.debug({ err: error }, 'multicast DNS'));
  let browser: ReturnType<typeof bonjour.find> | undefined;
  const ask = (): void => {
    browser?.stop();
    let taken = 0;
    // A new one each time: it then tells of boxes that only changed their address, and forgets what a flood left.
    browser = bonjour.find({ type: boxService.type, protocol: boxService.protocol }, (service) => {
      if ((taken += 1) > mostServices) {
        browser?.stop();
        return;
      }
      const announced = readService(service);
      if (announced) onFound(announced);
    });
  };
  const asking = setInterval(ask, everyMs);
  const counting = setInterval(() => (packets = 0), 1000);
  ask();
  return {
    close() {
      clearInterval(asking);
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
  const addresses = [...new Set([...said.slice(0, 8), from])]
    .filter((each): each is string => typeof each === 'string' && isIPv4(each) && usable(each))
    .map((host) => writeAddress({ host, port }));
  if (addresses.length === 0) return undefined;
  const id = randomIdSchema.safeParse((service.txt as Record<string, unknown> | undefined)?.['id']);
  return { addresses: addresses.slice(0, 4), ...(id.success && { boxId: id.data }) };
}

/** Nobody's computer has these. */
const usable = (address: string): boolean => !/^(0\.|22[4-9]\.|23\d\.|2[45]\d\.|169\.254\.)/.test(address);
