import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { BoxAddress } from '../../../contract/box/state.ts';

/** Made by software for machines and containers: not a way to reach the box. */
const inner = /^(lo|cni|flannel|veth|cali|docker|br-|virbr|kube|tunl|dummy|tap|vnet|k6t)/;

type Interfaces = () => Record<string, { family: string; address: string; internal: boolean }[] | undefined>;

/** Network cards of the box with their IPv4 addresses: with an address first, cables before Wi-Fi. */
export async function readAddresses(sysNet: string, interfaces: Interfaces = networkInterfaces): Promise<BoxAddress[]> {
  const names = await readdir(sysNet).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const live = interfaces();
  const rows = await Promise.all(
    names.filter((name) => !inner.test(name)).map(async (name) => row(join(sysNet, name), name, live[name] ?? [])),
  );
  const weight = ({ address, kind, link }: BoxAddress): number =>
    (address ? 0 : 10) + (link ? 0 : 5) + { ethernet: 0, wifi: 1, other: 2 }[kind];
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
  // A VLAN or bridge counts once it has an address.
  if (virtual && address === undefined) return undefined;
  return {
    interface: name,
    kind: wireless ? 'wifi' : virtual ? 'other' : 'ethernet',
    mac: await text('address'),
    ...(address !== undefined && { address }),
    link: (await text('carrier')) === '1',
  };
}
