import { connect } from 'node:net';
import { readAddress } from '../link/address.ts';

/** Connections at once: more would fill the tables of a cheap router. */
const atOnce = 96;

/**
 * Tries every address for an open port and hands those that have one to `found`. `connectMs`: how long one may take.
 * Resolves once all were tried and looked at; throws an AbortError when `signal` ended it.
 */
export async function sweep(
  addresses: readonly string[],
  how: {
    found: (address: string) => Promise<void>;
    onProgress?: (tried: number) => void;
    connectMs?: number;
    signal: AbortSignal;
  },
): Promise<void> {
  const { found, onProgress, connectMs = 900, signal } = how;
  let next = 0;
  let tried = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < addresses.length && !signal.aborted; at = next++) {
      const address = addresses[at] ?? '';
      if (await opens(address, connectMs, signal)) await found(address);
      onProgress?.((tried += 1));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, addresses.length) }, work));
  signal.throwIfAborted();
}

function opens(address: string, connectMs: number, signal: AbortSignal): Promise<boolean> {
  const { host, port } = readAddress(address);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (open: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(open);
    };
    const stop = (): void => end(false);
    const timer = setTimeout(stop, connectMs);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
