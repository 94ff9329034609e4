import { parseCidr } from '../net.ts';
import { soloAddress } from '../paths.ts';
import type { ApplianceSettings } from '../settings.ts';
import { recommended } from '../versions.ts';
import { foreignRoutes, overlap } from './addresses.ts';
import type { MachineFacts } from './machine.ts';
import { dnsOf } from './plan-facts.ts';

/** What the trial of the accelerator said; `untried`: it did not run there, or could not. */
export type Trial = 'works' | 'fails' | 'untried';

/** Settings that fit this machine. Pure; every one of them may be changed by the person. */
export function suggestSettings(facts: MachineFacts, trial: Trial): ApplianceSettings {
  const [clusterCidr, serviceCidr] = freeNetworks(facts);
  const mode = suggestMode(facts);
  const { http, https, no } = facts.names.proxy;
  return {
    mode,
    nodeName: nodeName(facts.names.hostName),
    address: mode === 'lan' ? mainAddress(facts)?.address : undefined,
    tlsNames: [],
    clusterCidr,
    serviceCidr,
    volumes: '/var/lib/hearth/volumes',
    storage: 'local-path',
    etcd: false,
    accelerator: suggestAccelerator(facts, trial),
    versions: recommended,
    proxy: address(http) || address(https) ? { http: address(http), https: address(https), no } : undefined,
    // Only where k3s would not find them by itself: a list that is fixed here does not follow the network.
    dns: dnsOf(facts).usable ? [] : dnsOf(facts).servers.filter((server) => parseCidr(server) !== undefined),
  };
}

/** A proxy as a URL: many write only host and port. undefined: nothing can be made of it. */
function address(proxy: string | undefined): string | undefined {
  if (proxy === undefined) return undefined;
  const url = proxy.includes('://') ? proxy : `http://${proxy}`;
  return URL.canParse(url) ? url : undefined;
}

/** A host name as Kubernetes takes it (RFC 1123, lower case), or a name of our own where nothing of it is left. */
export function nodeName(hostName: string): string {
  const name = hostName
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .slice(0, 63)
    .split('.')
    .map((label) => label.replaceAll(/^-+|-+$/g, ''))
    .filter(Boolean)
    .join('.');
  return name === '' || /^localhost(\.|$)/.test(name) ? 'hearth' : name;
}

const usualPair = ['10.42.0.0/16', '10.43.0.0/16'] as const;
const pairs: readonly (readonly [string, string])[] = [
  usualPair,
  ['10.52.0.0/16', '10.53.0.0/16'],
  ...[20, 22, 24, 26, 28, 30].map((second) => [`172.${second}.0.0/16`, `172.${second + 1}.0.0/16`] as const),
  ['192.168.224.0/20', '192.168.240.0/20'],
  ['100.96.0.0/16', '100.97.0.0/16'],
];

/** Networks that this machine's routes (home, VPN, Docker) and name servers are in. */
export function takenNetworks(facts: MachineFacts): { network: string; by: string }[] {
  return [
    ...foreignRoutes(facts.network.routes).map((route) => ({ network: route.destination, by: route.interface })),
    ...facts.network.addresses
      .filter((address) => address.interface !== 'lo' && !/^(hl0|cni0|flannel|veth)/.test(address.interface))
      .map((address) => ({ network: `${address.address}/${address.prefix}`, by: address.interface })),
  ];
}

/** The first pair for pods and services that nothing here uses; the usual pair where all are taken (the check then says so). */
export function freeNetworks(facts: MachineFacts): readonly [string, string] {
  const taken = takenNetworks(facts).map((entry) => entry.network);
  const free = (network: string): boolean =>
    !taken.some((other) => overlap(network, other)) && !overlap(network, soloAddress);
  return pairs.find(([pods, services]) => free(pods) && free(services)) ?? usualPair;
}

/** Batteries and Wi-Fi mean that the address changes; a wired machine whose address is fixed can be reached by others. */
function suggestMode(facts: MachineFacts): 'solo' | 'lan' {
  const address = mainAddress(facts);
  const link = facts.network.links.find((entry) => entry.name === address?.interface);
  if (facts.system.battery || link?.kind !== 'ethernet') return 'solo';
  return address?.dynamic === false ? 'lan' : 'solo';
}

/** The address that the default route goes out from. */
export const mainAddress = (facts: MachineFacts): MachineFacts['network']['addresses'][number] | undefined =>
  facts.network.addresses.find((address) => address.interface === facts.network.defaultRoute?.interface);

/**
 * What ran is believed. Where the trial did not run, hardware that has it and is not itself a virtual machine is trusted;
 * a nested one is not: many open /dev/kvm and then hang.
 */
function suggestAccelerator(facts: MachineFacts, trial: Trial): 'kvm' | 'tcg' {
  if (trial !== 'untried') return trial === 'works' ? 'kvm' : 'tcg';
  const { cpuFlag, hypervisor, hypervisorFlag, arch } = facts.system;
  if (arch === 'aarch64') return facts.system.devices.has('/dev/kvm') && hypervisor === undefined ? 'kvm' : 'tcg';
  return cpuFlag !== 'none' && hypervisor === undefined && !hypervisorFlag ? 'kvm' : 'tcg';
}
