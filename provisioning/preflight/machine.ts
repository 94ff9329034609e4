import type { Sections } from './sections.ts';

/** What facts.sh saw of a machine. Sizes in bytes. Undefined: it could not be seen, and nothing is guessed. */
export interface MachineFacts {
  /** Everything arrived. */
  readonly complete: boolean;
  /** What was read, for the evidence of findings. */
  readonly raw: Sections;
  readonly system: SystemFacts;
  readonly user: UserFacts;
  readonly kernel: KernelFacts;
  readonly security: SecurityFacts;
  readonly storage: StorageFacts;
  readonly network: NetworkFacts;
  readonly names: NameFacts;
  readonly kubernetes: KubernetesFacts;
  readonly hearth: HearthFacts;
}

export interface SystemFacts {
  readonly os: string;
  /** As uname says it: x86_64, aarch64, ... */
  readonly arch: string;
  readonly kernel: string;
  readonly distribution: {
    readonly id: string;
    readonly like: readonly string[];
    readonly name: string;
    readonly version: string;
  };
  readonly systemd: boolean;
  readonly pid1: string;
  readonly wsl: boolean;
  /** docker, podman, lxc, ... */
  readonly container?: string | undefined;
  /** kvm, vmware, microsoft, ... as systemd names it; undefined: on the hardware, or not known. */
  readonly hypervisor?: string | undefined;
  readonly machine: string;
  readonly raspberryPi: boolean;
  /** /usr/local/bin cannot be written: an image-based or read-only system. */
  readonly readOnlyUsrLocal: boolean;
  readonly imageBased?: string | undefined;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly cpuFlag: 'vmx' | 'svm' | 'none';
  readonly hypervisorFlag: boolean;
  readonly memory: number;
  readonly memoryAvailable: number;
  readonly swap: readonly { readonly name: string; readonly size: number; readonly used: number }[];
  readonly battery: boolean;
  /** Seconds since 1970 there. */
  readonly clock?: number | undefined;
  readonly clockSynchronized?: boolean | undefined;
  readonly timeService?: string | undefined;
  readonly realTimeClock: boolean;
  readonly programs: ReadonlySet<string>;
  readonly processes: ReadonlySet<string>;
  readonly devices: ReadonlyMap<string, { readonly usable: boolean }>;
}

export interface UserFacts {
  readonly uid: number;
  readonly name: string;
  readonly groups: readonly string[];
  readonly kvmGroup: 'member' | 'not-member' | 'no-group';
  readonly pkexec: boolean;
  readonly sudo: boolean;
  /** A program that can show the password dialog; undefined: none was seen. */
  readonly polkitAgent?: string | undefined;
  readonly graphical: boolean;
}

export type ModuleState = 'loaded' | 'built-in' | 'there' | 'blocked' | 'missing' | 'unknown';
export interface KernelFacts {
  readonly cgroup: 'v2' | 'v1' | 'hybrid' | 'unknown';
  readonly controllers: readonly string[];
  readonly cmdline: string;
  /** The running kernel's modules are on the disk. */
  readonly modulesFolder: boolean;
  /** Other kernels that have modules there. */
  readonly otherKernels: readonly string[];
  /** `name` with underscores. */
  module(name: string): ModuleState;
  /** Loaded or built in. */
  readonly available: readonly string[];
  /** CONFIG_ names without the prefix; undefined: the configuration cannot be read. */
  readonly config?: ReadonlyMap<string, string> | undefined;
  readonly sysctl: ReadonlyMap<string, string>;
}

export interface SecurityFacts {
  readonly apparmor: boolean;
  readonly apparmorParser: boolean;
  /** Profiles of the host's libvirt that are not disabled and do not allow KubeVirt's QEMU. */
  readonly libvirtProfiles: readonly string[];
  readonly selinux: 'enforcing' | 'permissive' | 'off';
  readonly k3sPolicy: boolean;
  readonly containerPolicy: boolean;
  readonly lockdown?: string | undefined;
}

export interface FileSystem {
  /** The folder that was asked for. */
  readonly folder: string;
  readonly device: string;
  readonly total: number;
  readonly free: number;
  /** 0..1 of what is in use, as df says. */
  readonly used: number;
  readonly mountedOn: string;
  readonly type: string;
  readonly rotational?: boolean | undefined;
  readonly sdCard: boolean;
  readonly readOnly: boolean;
}
export interface Disk {
  readonly name: string;
  readonly byId: string;
  readonly size: number;
  readonly inUse?: string | undefined;
}
export interface StorageFacts {
  readonly fileSystems: readonly FileSystem[];
  readonly volumes?: FileSystem | undefined;
  /** What lies in the folder for the disks of virtual machines. `kept`: left there by an uninstall that kept them. */
  readonly volumesThere: { readonly entries: readonly string[]; readonly kept: boolean };
  readonly inodesFree?: number | undefined;
  readonly disks: readonly Disk[];
  /** Seconds each of some 4 KiB writes took until it was on the disk. */
  readonly syncs: readonly number[];
}

export interface Route {
  /** As ip prints it; `default` for 0.0.0.0/0. */
  readonly destination: string;
  readonly interface: string;
  readonly gateway?: string | undefined;
  readonly metric: number;
  readonly table: string;
}
export interface Address {
  readonly interface: string;
  readonly address: string;
  readonly prefix: number;
  readonly dynamic?: boolean | undefined;
}
export interface Link {
  readonly name: string;
  readonly kind: 'ethernet' | 'wifi' | 'bridge' | 'vpn' | 'virtual' | 'loopback' | 'other';
  readonly up: boolean;
}
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** Program and process number where this user may see them. */
  readonly owner?: string | undefined;
  readonly line: string;
}
export interface NetworkFacts {
  readonly routes: readonly Route[];
  readonly defaultRoute?: Route | undefined;
  readonly ipv6Default?: { readonly interface: string; readonly advertised: boolean } | undefined;
  readonly addresses: readonly Address[];
  readonly links: readonly Link[];
  readonly listeners: readonly Listener[];
  readonly units: ReadonlyMap<string, string>;
  readonly firewall?: 'firewalld' | 'ufw' | undefined;
  /** Another set of rules is loaded at start: the services nftables or iptables. */
  readonly ownRules?: string | undefined;
  /** drop | accept where it could be read. */
  readonly forwardPolicy?: 'accept' | 'drop' | undefined;
  readonly forwardEvidence: readonly string[];
  readonly iptables?: { readonly version: string; readonly mode: string } | undefined;
  readonly networkManager: boolean;
}

export interface NameFacts {
  readonly hostName: string;
  readonly resolves: boolean;
  readonly nameServers: readonly string[];
  readonly systemdServers: readonly string[];
  /** What NetworkManager knows. */
  readonly managerServers: readonly string[];
  readonly search: readonly string[];
  readonly proxy: {
    readonly http?: string | undefined;
    readonly https?: string | undefined;
    readonly no?: string | undefined;
  };
  readonly proxyEvidence: readonly string[];
  /** Files of own certificate authorities in the system's store. */
  readonly caFiles: readonly string[];
}

export interface KubernetesFacts {
  readonly units: readonly string[];
  readonly active: readonly string[];
  readonly paths: readonly { readonly path: string; readonly entries: readonly string[] }[];
  readonly binaries: readonly string[];
  /** Trees that k3s or KubeVirt would fill, and that are there. */
  readonly trees: readonly string[];
}

export interface HearthFacts {
  readonly folder: boolean;
  /** The ledger's live entries; empty: none, or all undone. */
  readonly live: readonly {
    readonly seq: string;
    readonly purpose: string;
    readonly id: string;
    readonly kind: string;
    /** The first of its fields: a path, unit, setting. */
    readonly field?: string | undefined;
    readonly done: boolean;
  }[];
  readonly state: 'none' | 'half' | 'whole';
  /** What the k3s binary says of itself. */
  readonly k3s?: string | undefined;
}
