import type { BoxAddress } from './state.ts';

/** A host name, an IPv4 or an IPv6 address (link-local ones with their zone), as people write them, with an optional port. */
const zone = '(?:%[A-Za-z0-9._~-]{1,15})?';
const named = /^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$/;
const bracketed = new RegExp(`^\\[[0-9A-Fa-f:.]{2,45}${zone}\\](?::\\d{1,5})?$`);
const bare = new RegExp(`^[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,44}${zone}$`);

/** Whether it looks like an address of a box; what is wrong with its numbers is told by whoever dials it. Pure. */
export const looksLikeAddress = (text: string): boolean =>
  named.test(text) || bracketed.test(text) || (bare.test(text) && (text.match(/:/g) ?? []).length > 1);

/** As it stands before a port: IPv6 in brackets. */
export const inBrackets = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
/** Only good on the wire it is of, with the name of the own card behind it; no browser takes it. */
export const isLinkLocal = (host: string): boolean => /^\[?fe[89ab][0-9a-f]:/i.test(host);

/** Where a card of a box can be reached, the best way first; link-local ones last. */
export const addressesOf = ({ address, ipv6 = [] }: Pick<BoxAddress, 'address' | 'ipv6'>): string[] => [
  ...(address === undefined ? [] : [address]),
  ...ipv6,
];
/** The address to show and to dial: IPv4 of any card before IPv6; a link-local one only where `linkLocal`. */
export function bestAddress(cards: readonly BoxAddress[], linkLocal = false): string | undefined {
  const all = cards.flatMap(addressesOf);
  const wide = all.filter((each) => !isLinkLocal(each));
  return wide.find((each) => !each.includes(':')) ?? wide[0] ?? (linkLocal ? all[0] : undefined);
}
