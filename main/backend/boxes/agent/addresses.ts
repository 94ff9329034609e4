import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { isLinkLocal } from '../../../contract/box/address.ts';
import type { BoxAddress } from '../../../contract/box/state.ts';

/** Made by software for machines and containers: not a way to reach the box. */
const inner = /^(lo|cni|flannel|veth|cali|docker|br-|virbr|kube|tunl|dummy|tap|vnet|k6t)/;

type Interfaces = () => Record<string, { family: string; address: string; internal: boolean }[] | undefined>;

/** IPv6 addresses of a card that are told. */
const mostIpv6 = 4;

/** Network cards of the box with their addresses: with one that others reach first, cables before Wi-Fi. */
export async function readAddresses(sysNet: string, interfaces: Interfaces = networkInterfaces): Promise<BoxAddress[]> {
  const names = await readdir(sysNet).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const live = interfaces();
  const rows = await Promise.all(
    names.filter((name) => !inner.test(name)).map(async (name) => row(join(sysNet, name), name, live[name] ?? [])),
  );
  const weight = ({ address, ipv6 = [], kind, link }: BoxAddress): number =>
    (address ? 0 : ipv6.some((each) => !isLinkLocal(each)) ? 10 : 20) +
    (link ? 0 : 5) +
    { ethernet: 0, wifi: 1, other: 2 }[kind];
  return rows
    .filter((found): found is BoxAddress => found !== undefined)
    .sort((a, b) => weight(a) - weight(b) || a.interface.localeCompare(b.interface));
}

async function row(
  folder: string,
  name: string,
  addresses: { family: string; address: string; internal: boolean }[],
): Promise<BoxAddress | undefined> {
  const text = async (file: string): Promise<string> =>
    (await readFile(join(folder, file), 'utf8').catch(() => '')).trim();
  const exists = async (file: string): Promise<boolean> =>
    (await stat(join(folder, file)).catch(() => undefined)) !== undefined;
  // 1: Ethernet, by if_arp.h; Wi-Fi says so as well.
  if ((await text('type')) !== '1') return undefined;
  const wireless = (await exists('wireless')) || (await exists('phy80211'));
  const virtual = (await readlink(folder).catch(() => '')).includes('/virtual/');
  const address = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const ipv6 = addresses
    .filter(({ family, internal }) => family === 'IPv6' && !internal)
    .map((each) => each.address.replace(/%.*$/, '').toLowerCase())
    .sort((a, b) => reach(a) - reach(b) || (a < b ? -1 : 1))
    .slice(0, mostIpv6);
  // A VLAN or bridge counts once it has an address.
  if (virtual && address === undefined && !ipv6.some((each) => !isLinkLocal(each))) return undefined;
  return {
    interface: name,
    kind: wireless ? 'wifi' : virtual ? 'other' : 'ethernet',
    mac: await text('address'),
    ...(address !== undefined && { address }),
    ...(ipv6.length > 0 && { ipv6 }),
    link: (await text('carrier')) === '1',
  };
}

/** Addresses of the own house stay when the provider gives out others. */
const reach = (ipv6: string): number => (/^f[cd]/.test(ipv6) ? 0 : isLinkLocal(ipv6) ? 2 : 1);
