import { isIP, isIPv4 } from 'node:net';
import { inBrackets, isLinkLocal, looksLikeAddress } from '../../../contract/box/address.ts';
import { boxPort } from '../../../contract/box/doors.ts';
import { ProblemError } from '../../../contract/problem.ts';

export interface HostPort {
  /** IPv6 without brackets; a link-local address with its zone, e.g. `fe80::1%eth0`. */
  host: string;
  port: number;
}

/**
 * `192.168.1.20`, `hearth.local:8443`, `fd00::20`, `[fe80::1%eth0]:8443` taken apart. Throws the Problem `box-address` for what
 * cannot be one.
 */
export function readAddress(text: string): HostPort {
  const given = text.trim();
  const six = /^(?:\[([^\]]*)\](?::(\d{1,5}))?|([^[\]]*:[^[\]]*:[^[\]]*))$/.exec(given);
  const other = /^([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}))(?::(\d{1,5}))?$/.exec(given);
  const host = six ? ipv6(six[1] ?? six[3] ?? '') : other?.[1]?.toLowerCase();
  const port = Number((six ? six[2] : other?.[2]) ?? boxPort);
  const numbers = host !== undefined && /^[\d.]+$/.test(host);
  if (host === undefined || !looksLikeAddress(given) || port < 1 || port > 65_535 || (numbers && !isIPv4(host)))
    throw noAddress(text);
  if (isLinkLocal(host) && !host.includes('%')) throw noZone(host);
  return { host, port };
}

/** One way to write it: what is the same address is the same text. Undefined: it is none. */
function ipv6(text: string): string | undefined {
  const [address = '', zone] = text.split('%');
  if (isIP(text) !== 6 || !URL.canParse(`http://[${address}]/`)) return undefined;
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  // Only a link-local address has one.
  return zone !== undefined && isLinkLocal(plain) ? `${plain}%${zone}` : plain;
}

/** One way to write an address: without the usual port. */
export const writeAddress = ({ host, port }: HostPort): string =>
  port === boxPort ? inBrackets(host) : `${inBrackets(host)}:${port}`;
export const sameAddress = (one: string, other: string): boolean =>
  writeAddress(readAddress(one)) === writeAddress(readAddress(other));
/** What a request names: the zone is nobody's business but that of this computer. */
export const hostHeader = ({ host, port }: HostPort): string => `${inBrackets(host.replace(/%.*$/, ''))}:${port}`;

const noAddress = (text: string): ProblemError =>
  new ProblemError({
    code: 'box-address',
    title: 'This is no address of a box',
    detail: `"${text.slice(0, 100)}" is neither an IPv4 or IPv6 address nor a host name, with or without a port.`,
    fix: 'Type what the screen of the box shows, e.g. 192.168.1.20 or [fd00::20].',
    kind: 'denied',
    fields: { address: 'An address such as 192.168.1.20, [fd00::20] or hearth.local.' },
  });
const noZone = (host: string): ProblemError =>
  new ProblemError({
    code: 'box-address',
    title: 'This address needs the name of your network card',
    detail: `${host} is an address of one wire alone, and this computer may be on several.`,
    fix: `Type it with the card of this computer that leads to the box, e.g. ${host}%eth0.`,
    kind: 'denied',
    fields: { address: `With the name of your network card: ${host}%eth0.` },
  });
