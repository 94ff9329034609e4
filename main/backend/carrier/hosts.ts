import { hostname, networkInterfaces } from 'node:os';

/** The name or address of a Host header, without its port and the brackets of IPv6. */
export function hostOf(header: string): string {
  const [, six, other] = /^(?:\[([0-9a-f:.]+)\]|([^:]*))(?::\d{1,5})?$/i.exec(header) ?? [];
  return (six ?? other ?? '').toLowerCase().replace(/\.$/, '');
}

/**
 * What a browser may call this box: its addresses and its names. Any other name is one that somebody else pointed at it. The
 * port does not count, since it may be another one behind a router. `more`: names it is known by.
 */
export function ownHosts(more: readonly string[]): ReadonlySet<string> {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address.replace(/%.*$/, ''))); // prettier-ignore
  const names = [hostname(), ...more]
    .filter(Boolean)
    .flatMap((name) => [name, `${name.replace(/\.local$/, '')}.local`]);
  return new Set(['localhost', ...addresses, ...names].map((each) => each.toLowerCase()));
}
