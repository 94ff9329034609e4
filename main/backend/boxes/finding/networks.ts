import { networkInterfaces } from 'node:os';
import { isLinkLocal } from '../../../contract/box/address.ts';

/** Most addresses of one scan. */
export const mostAddresses = 1024;

const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const text = (value: number): string => [24, 16, 8, 0].map((by) => Math.floor(value / 2 ** by) % 256).join('.');

/** The hosts of a network without its own and its broadcast address; of a larger one, those around `address` (its /24). */
export function hostsOf(address: string, prefix: number): string[] {
  const bits = 32 - Math.min(30, Math.max(prefix, 0));
  const size = 2 ** (bits > 10 ? 8 : bits);
  const first = Math.floor(number(address) / size) * size;
  return Array.from({ length: size - 2 }, (_each, at) => text(first + at + 1));
}

type Interfaces = ReturnType<typeof networkInterfaces>;
/** Names of cards that lead to machines and containers of this computer only. */
const inside = /^(lo|docker|br-|veth|virbr|cni|flannel|cali|kube|vnet|tun|tap|wg|tailscale|utun|bridge\d{3})/;

/** The networks this computer is in: its own IPv4 address and their broadcast address. Pure. */
export function networksOf(interfaces: Interfaces = networkInterfaces()): { name: string; address: string; prefix: number; broadcast: string }[] {
  return Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, internal, address, cidr }) => {
      const prefix = Number(cidr?.split('/')[1] ?? 24);
      if (family !== 'IPv4' || internal || prefix > 30) return [];
      const size = 2 ** (32 - prefix);
      return [{ name, address, prefix, broadcast: text(Math.floor(number(address) / size) * size + size - 1) }];
    }),
  );
} // prettier-ignore

/** Every address that a scan asks, its own ones left out; at most `mostAddresses`. Pure. */
export function scanAddresses(interfaces?: Interfaces): string[] {
  const networks = networksOf(interfaces).filter(({ name, address }) => !inside.test(name) && !address.startsWith('169.254.'));
  const own = new Set(networks.map(({ address }) => address));
  const all = networks.flatMap(({ address, prefix }) => hostsOf(address, prefix));
  return [...new Set(all)].filter((each) => !own.has(each)).slice(0, mostAddresses);
} // prettier-ignore

/** Cards that multicast goes over by IPv6, each with a socket of its own; at most eight. Pure. */
export const ipv6Cards = (interfaces: Interfaces = networkInterfaces()): string[] =>
  Object.entries(interfaces)
    .filter(([name, all = []]) => !inside.test(name) && all.some(({ family, internal, address }) => family === 'IPv6' && !internal && isLinkLocal(address)))
    .map(([name]) => name)
    .slice(0, 8); // prettier-ignore
