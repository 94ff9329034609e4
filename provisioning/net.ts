/** IPv4 as numbers. Everything here is pure and takes text as people write it. */

/** The 32 bits of `a.b.c.d`; undefined when it is none (no leading zeros, no short forms). */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

export interface Cidr {
  /** First address, with the host bits cleared. */
  readonly first: number;
  readonly last: number;
  readonly bits: number;
  /** The text had host bits set, e.g. 10.42.1.0/16. */
  readonly odd: boolean;
}

/** `a.b.c.d/n`, or a single address as a /32; undefined when it is neither. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const value = parseIpv4(address);
  if (value === undefined || rest.length > 0 || (length !== undefined && !/^(\d|[12]\d|3[0-2])$/.test(length)))
    return undefined;
  const bits = length === undefined ? 32 : Number(length);
  const size = 2 ** (32 - bits);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1, bits, odd: first !== value };
}

export const overlaps = (a: Cidr, b: Cidr): boolean => a.first <= b.last && b.first <= a.last;

const special = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'].map(
  (range) => parseCidr(range) as Cidr,
);
/** An address that another machine could have: no loopback, link-local, multicast or reserved one. */
export function isGlobalUnicast(address: string): boolean {
  const one = parseCidr(address);
  return one?.bits === 32 && !address.includes('/') && !special.some((range) => overlaps(range, one));
}

/** Ranges that belong to nobody on the internet: homes, offices, carriers. */
const privates = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(
  (range) => parseCidr(range) as Cidr,
);
export const isPrivate = (cidr: Cidr): boolean =>
  privates.some((range) => range.first <= cidr.first && cidr.last <= range.last);
