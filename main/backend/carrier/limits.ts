import { isIPv6 } from 'node:net';

/** Counts what addresses do, so that no guesser and no broken program keeps a box busy. */
export interface Limit {
  /** False when this address, or all together, did it too often within the last while. Counts otherwise. */
  take(address: string): boolean;
}

/** Addresses that are remembered at once; the oldest goes when there are more. */
const most = 4096;

/** A sliding window of `windowMs` milliseconds. */
export function createLimit(options: { windowMs: number; each: number; overall: number; now?: () => number }): Limit {
  const { windowMs, each, overall, now = Date.now } = options;
  const byAddress = new Map<string, number[]>();
  let all: number[] = [];
  return {
    take(address) {
      const key = network(address);
      const since = now() - windowMs;
      const mine = (byAddress.get(key) ?? []).filter((at) => at > since);
      all = all.filter((at) => at > since);
      byAddress.delete(key);
      byAddress.set(key, mine);
      for (const oldest of byAddress.keys()) {
        if (byAddress.size <= most) break;
        byAddress.delete(oldest);
      }
      if (mine.length >= each || all.length >= overall) return false;
      mine.push(now());
      all.push(now());
      return true;
    },
  };
}

/** As a person writes it: no IPv6 around an IPv4 address, no card behind it. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:/, '').replace(/%.*$/, '');

/** One machine may have as many IPv6 addresses as it likes: its network counts. */
export function network(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail.split(':').filter(Boolean);
  const zeros = plain.includes('::') ? Array.from({ length: 8 - before.length - after.length }, () => '0') : [];
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
