import { ipNumber, ipText, networkOf } from './switch/packet.ts';

/** Addresses that a private network gives out. */
export interface AddressRange {
  /** Network address and length of its prefix. */
  network: number;
  prefix: number;
  first: number;
  last: number;
  excluded: readonly { first: number; last: number }[];
  /** Where the network's own DHCP sits. */
  server: number;
  /** A default route of the configuration: another machine, as the network itself leads nowhere. */
  router?: number | undefined;
}
export interface NetworkConfig {
  /** Machines on the same bridge (and VLAN) hear each other, whatever the definition is called. */
  bridge: string;
  range?: AddressRange | undefined;
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Why types of the field are not for a computer without an administrator's help. */
const needsRoot = 'it puts machines on a network of this computer, which takes an administrator';
const refusedTypes: Readonly<Record<string, string>> = {
  macvlan: needsRoot, ipvlan: needsRoot, 'host-device': needsRoot, vlan: needsRoot, tap: needsRoot, ptp: needsRoot,
  sriov: 'cards of this computer are not passed through', 'ib-sriov': 'cards of this computer are not passed through',
  ovs: 'Open vSwitch is not here', 'ovs-cni': 'Open vSwitch is not here', 'ovn-k8s-cni-overlay': 'OVN-Kubernetes is not here',
}; // prettier-ignore
/** cnv-bridge is the old name of the same plugin in KubeVirt's field. */
const bridgeTypes = ['bridge', 'cnv-bridge'];
const passed = ['tuning', 'cnv-tuning'];

/** The configuration is not one that can be done here; the text says why and what to do. */
export class NetworkConfigError extends Error {
  override readonly name = 'NetworkConfigError';
}
const refuse = (why: string): never => {
  throw new NetworkConfigError(why);
};

/**
 * Reads `spec.config` (a CNI configuration or a list of plugins). Throws NetworkConfigError. `isBridge` tells whether
 * this computer has a bridge of that name.
 */
export function parseNetworkConfig(config: string, isBridge: (name: string) => boolean): NetworkConfig {
  if (config.length > 64 * 1024) return refuse('the configuration is longer than 64 KiB');
  let parsed: unknown;
  try {
    parsed = JSON.parse(config);
  } catch (error) {
    return refuse(`the configuration is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(parsed)) return refuse('the configuration must be a JSON object');
  const plugins = parsed['plugins'] === undefined ? [parsed] : parsed['plugins'];
  if (!Array.isArray(plugins) || !plugins.every(isObject) || plugins.length === 0)
    return refuse('`plugins` must be a list of plugin configurations');
  for (const { type } of plugins) {
    if (bridgeTypes.includes(String(type)) || passed.includes(String(type))) continue;
    const why = typeof type === 'string' ? (refusedTypes[type] ?? 'this type is not known here') : '`type` is missing';
    return refuse(`type ${JSON.stringify(type ?? null)}: ${why}; use type "bridge" for a private network between machines`); // prettier-ignore
  }
  const plugin = plugins.find(({ type }) => bridgeTypes.includes(String(type)));
  if (!plugin) return refuse('no plugin of type "bridge" is in the list');
  for (const field of ['isGateway', 'isDefaultGateway', 'ipMasq'])
    if (plugin[field] === true)
      return refuse(`${field}: a private network leads nowhere else here; leave the field out, and use the pod network for the way out`); // prettier-ignore
  const name = text(plugin['bridge']) ?? 'cni0';
  if (isBridge(name))
    return refuse(`bridge ${JSON.stringify(name)} is a bridge of this computer, and joining machines to it takes an administrator; choose another name for a private network, or use KubeVirt on this computer (an appliance) for machines on the LAN`); // prettier-ignore
  const vlan = plugin['vlan'];
  if (vlan !== undefined && !(Number.isInteger(vlan) && Number(vlan) >= 0 && Number(vlan) <= 4094))
    return refuse('vlan must be a whole number up to 4094');
  return { bridge: vlan ? `${name}.${Number(vlan)}` : name, range: rangeOf(plugin['ipam']) };
}

function rangeOf(ipam: unknown): AddressRange | undefined {
  if (ipam === undefined || ipam === null) return undefined;
  if (!isObject(ipam)) return refuse('`ipam` must be an object');
  const type = text(ipam['type']);
  if (type === undefined) return undefined;
  const router = routerOf(ipam);
  if (type === 'host-local') {
    const { ranges } = ipam;
    const list = Array.isArray(ranges) ? (ranges as unknown[]).flat() : [ipam];
    const range = list.find((one) => isObject(one) && !String(one['subnet']).includes(':'));
    if (!isObject(range)) return refuse('ipam: no IPv4 range is given');
    return { ...limits(text(range['subnet']), text(range['rangeStart']), text(range['rangeEnd']), [], text(range['gateway'])), router }; // prettier-ignore
  }
  if (type === 'whereabouts') {
    const range = text(ipam['range']) ?? '';
    const dash = /^([\d.]+)-([\d.]+)(\/\d+)$/.exec(range);
    const subnet = dash ? `${dash[1]}${dash[3]}` : range;
    const exclude = Array.isArray(ipam['exclude']) ? ipam['exclude'].map(String) : [];
    return { ...limits(subnet, text(ipam['range_start']) ?? dash?.[1], text(ipam['range_end']) ?? dash?.[2], exclude, text(ipam['gateway'])), router }; // prettier-ignore
  }
  const known = { dhcp: 'nobody on a private network answers', static: 'it would give every machine the same address' };
  const why = (known as Record<string, string>)[type] ?? 'this type is not known here';
  return refuse(`ipam type ${JSON.stringify(type)}: ${why}; use host-local or whereabouts with a range, or no ipam`);
}

function routerOf(ipam: Json): number | undefined {
  const routes = Array.isArray(ipam['routes']) ? ipam['routes'] : [];
  const route: unknown = routes.find((one) => isObject(one) && one['dst'] === '0.0.0.0/0' && text(one['gw']));
  return isObject(route) ? ipNumber(text(route['gw']) ?? '') : undefined;
}

function limits(
  subnet: string | undefined,
  start: string | undefined,
  end: string | undefined,
  exclude: readonly string[],
  gateway: string | undefined,
): AddressRange {
  const { address, prefix } = cidr(subnet ?? '', 'subnet');
  if (prefix < 8 || prefix > 29) return refuse(`ipam: a prefix of /${prefix} cannot be served; /8 to /29 can`);
  const network = networkOf(address, prefix);
  const broadcast = network + 2 ** (32 - prefix) - 1;
  const inside = (name: string, value: string | undefined, otherwise: number): number => {
    if (value === undefined) return otherwise;
    const found = ipNumber(value);
    if (found === undefined || found <= network || found >= broadcast)
      return refuse(`ipam: ${name} ${value} is not an address of ${subnet ?? ''}`);
    return found;
  };
  // As host-local: the first address is the gateway's.
  const server = inside('gateway', gateway, network + 1);
  const first = inside('rangeStart', start, network + 1);
  const last = inside('rangeEnd', end, broadcast - 1);
  if (first > last) return refuse('ipam: rangeStart is behind rangeEnd');
  const excluded = exclude.map((one) => {
    const part = one.includes('/') ? cidr(one, 'exclude') : { address: cidr(`${one}/32`, 'exclude').address, prefix: 32 };
    const from = networkOf(part.address, part.prefix);
    return { first: from, last: from + 2 ** (32 - part.prefix) - 1 };
  }); // prettier-ignore
  return { network, prefix, first, last, excluded, server };
}

function cidr(value: string, name: string): { address: number; prefix: number } {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(value);
  const address = ipNumber(match?.[1] ?? '');
  const prefix = Number(match?.[2]);
  if (!match || address === undefined || prefix > 32) return refuse(`ipam: ${name} ${JSON.stringify(value)} is no IPv4 network like 10.9.0.0/24`); // prettier-ignore
  return { address, prefix };
}

/** Whether an address of a range can be given out. */
export const usable = (range: AddressRange, address: number): boolean =>
  address >= range.first &&
  address <= range.last &&
  address !== range.server &&
  address !== range.router &&
  !range.excluded.some((part) => address >= part.first && address <= part.last);

export const rangeText = (range: AddressRange): string =>
  `${ipText(range.network)}/${range.prefix} (${ipText(range.first)} to ${ipText(range.last)})`;
