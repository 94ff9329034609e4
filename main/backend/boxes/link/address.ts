import { isIPv4 } from 'node:net';
import { boxPort } from '../../../contract/box/doors.ts';
import { ProblemError } from '../../../contract/problem.ts';

export interface HostPort {
  host: string;
  port: number;
}

/** `192.168.1.20`, `hearth.local:8443` taken apart. Throws the Problem `box-address` for what cannot be one. */
export function readAddress(text: string): HostPort {
  const match = /^([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}))(?::(\d{1,5}))?$/.exec(text.trim());
  const host = match?.[1]?.toLowerCase();
  const port = Number(match?.[2] ?? boxPort);
  const numbers = host !== undefined && /^[\d.]+$/.test(host);
  if (host === undefined || port < 1 || port > 65_535 || (numbers && !isIPv4(host)))
    throw new ProblemError({
      code: 'box-address',
      title: 'This is no address of a box',
      detail: `"${text.slice(0, 100)}" is neither an IPv4 address nor a host name, with or without a port.`,
      fix: 'Type what the screen of the box shows, e.g. 192.168.1.20.',
      kind: 'denied',
      fields: { address: 'An address such as 192.168.1.20 or hearth.local.' },
    });
  return { host, port };
}

/** One way to write an address: without the usual port. */
export const writeAddress = ({ host, port }: HostPort): string => (port === boxPort ? host : `${host}:${port}`);
export const sameAddress = (one: string, other: string): boolean =>
  writeAddress(readAddress(one)) === writeAddress(readAddress(other));
