import { createSocket } from 'node:dgram';
import { ProblemError } from '../../../contract/problem.ts';
import { networksOf } from '../finding/networks.ts';

/** Six times 0xff, then the address sixteen times (AMD's "Magic Packet Technology", 1995). */
export function magicPacket(mac: string): Buffer {
  const bytes = Buffer.from(mac.replaceAll(':', ''), 'hex');
  if (bytes.length !== 6) throw new TypeError(`not a MAC address: ${mac}`);
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => bytes)]);
}

/** Where packets go: the broadcast address of every network this computer is in, and the one of the link. Port 9 ("discard"). */
const everywhere = (): { host: string; port: number }[] =>
  [...new Set([...networksOf().map(({ broadcast }) => broadcast), '255.255.255.255'])].map((host) => ({
    host,
    port: 9,
  }));

/**
 * Sends magic packets to the cards with these addresses. Resolves with how many went out; whether a card heard it cannot be
 * told. Throws the Problems `no-macs` and `wake-not-sent`.
 */
export async function wake(macs: readonly string[], to = everywhere()): Promise<number> {
  if (macs.length === 0) throw noMacs;
  const socket = createSocket('udp4');
  let last: unknown;
  let sent = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, resolve);
    });
    socket.setBroadcast(true);
    for (const mac of macs)
      for (const { host, port } of to)
        await new Promise<void>((resolve) =>
          socket.send(magicPacket(mac), port, host, (error) => {
            if (error) last = error;
            else sent += 1;
            resolve();
          }),
        );
  } finally {
    socket.close();
  }
  if (sent === 0) throw notSent(last);
  return sent;
}

const noMacs = new ProblemError({
  code: 'no-macs',
  title: 'The box cannot be woken',
  detail: 'The addresses of its wired network cards are not known.',
  cause: 'It was never reached since it was paired, or it is on Wi-Fi only.',
  fix: 'Switch it on by hand once; Hearth then remembers its cards.',
});
const notSent = (cause: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'wake-not-sent',
      title: 'No wake-up packet went out',
      detail: cause instanceof Error ? cause.message : String(cause),
      cause: 'This computer is in no network, or a firewall forbids broadcasts.',
      fix: 'Connect it to the network of the box by cable or Wi-Fi.',
    },
    { cause },
  );
