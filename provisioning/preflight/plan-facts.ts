import type { PlanFacts } from '../facts.ts';
import { optionalClaims } from '../paths.ts';
import { foreignRoutes, usableNameServer } from './addresses.ts';
import type { FileSystem, MachineFacts } from './machine.ts';

/** The part of what was seen that a plan is made of. */
export function planFacts(facts: MachineFacts): PlanFacts {
  const { system, kernel, network, storage, security, user } = facts;
  const data = fileSystemOf(facts, '/var/lib');
  const route = network.defaultRoute;
  return {
    arch: archOf(system.arch) ?? 'amd64',
    user: user.name,
    uid: user.uid,
    hostName: facts.names.hostName,
    addresses: network.addresses,
    defaultRoute: route && { interface: route.interface, gateway: route.gateway },
    routes: foreignRoutes(network.routes).map(({ destination, interface: name }) => ({ destination, interface: name })),
    firewall: network.firewall,
    inotify: {
      instances: number(facts, 'fs.inotify.max_user_instances') ?? 0,
      watches: number(facts, 'fs.inotify.max_user_watches') ?? 0,
    },
    keys: keysOf(facts),
    dns: dnsOf(facts),
    networkManager: network.networkManager,
    kvmModule: kvmModule(facts),
    kvmGroup: user.kvmGroup,
    modules: kernel.available,
    readOnlyUsrLocal: system.readOnlyUsrLocal,
    badIptables: badIptables(facts),
    selinux: { enforcing: security.selinux === 'enforcing', policy: security.k3sPolicy },
    libvirtProfile: security.libvirtProfiles[0],
    memory: system.memory,
    cpus: system.cpus,
    disk: { free: data?.free ?? 0, total: data?.total ?? 0, fsType: data?.type ?? '' },
    volumesFree: storage.volumes?.free,
    disks: storage.disks.map(({ byId, size, inUse }) => ({ byId, size, inUse })),
    lvm: system.programs.has('lvm') && system.programs.has('thin_check'),
    present: facts.kubernetes.trees.filter(
      (path) => optionalClaims.some((claim) => claim === path) && !claimed(facts, path),
    ),
    installed: facts.hearth.state === 'none' ? undefined : { k3s: facts.hearth.k3s },
  };
}

/** Ours by the ledger. */
export const claimed = (facts: MachineFacts, path: string): boolean =>
  facts.hearth.live.some(
    (entry) =>
      entry.kind === 'claim' &&
      entry.field !== undefined &&
      (entry.field === path || path.startsWith(`${entry.field}/`)),
  );

/** undefined: an architecture that there is no k3s and KubeVirt for. */
export const archOf = (machine: string): 'amd64' | 'arm64' | undefined =>
  machine === 'x86_64' || machine === 'amd64'
    ? 'amd64'
    : machine === 'aarch64' || machine === 'arm64'
      ? 'arm64'
      : undefined;

/** The file system of the first of these folders that was looked at. */
export const fileSystemOf = (facts: MachineFacts, ...folders: string[]): FileSystem | undefined =>
  folders.map((folder) => facts.storage.fileSystems.find((entry) => entry.folder === folder)).find(Boolean);

/** A sysctl as a number; undefined where it is not there. */
export function number(facts: MachineFacts, key: string): number | undefined {
  const text = facts.kernel.sysctl.get(key);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function keysOf(facts: MachineFacts): PlanFacts['keys'] {
  const [maxKeys, maxBytes] = [number(facts, 'kernel.keys.root_maxkeys'), number(facts, 'kernel.keys.root_maxbytes')];
  return maxKeys === undefined || maxBytes === undefined ? undefined : { maxKeys, maxBytes };
}

/** As k3s looks: /etc/resolv.conf, then systemd-resolved's list; a file counts only when every server in it is usable. */
export function dnsOf(facts: MachineFacts): PlanFacts['dns'] {
  const { nameServers, systemdServers, managerServers } = facts.names;
  const valid = (list: readonly string[]): boolean => list.length > 0 && list.every(usableNameServer);
  const all = [...nameServers, ...systemdServers, ...managerServers].filter(usableNameServer);
  return { servers: [...new Set(all)], usable: valid(nameServers) || valid(systemdServers) };
}

function kvmModule(facts: MachineFacts): PlanFacts['kvmModule'] {
  const name = facts.system.cpuFlag === 'vmx' ? 'kvm_intel' : facts.system.cpuFlag === 'svm' ? 'kvm_amd' : undefined;
  if (name === undefined) return undefined;
  const state = facts.kernel.module(name);
  return state === 'loaded' || state === 'there' ? name : undefined;
}

/** 1.8.0 to 1.8.4 duplicate or lose rules (k3s documentation, "Known issues"). */
export function badIptables(facts: MachineFacts): boolean {
  return /^1\.8(\.[0-4])?$/.test(facts.network.iptables?.version ?? '');
}
