import type { PlanFacts } from '../../../../provisioning/facts.ts';
import type { ApplianceSettings } from '../../../../provisioning/settings.ts';

const GiB = 2 ** 30;

/** A laptop with Wi-Fi, Ubuntu-like, 16 GiB, nothing installed. */
export const facts = (changes: Partial<PlanFacts> = {}): PlanFacts => ({
  arch: 'amd64',
  user: 'ada',
  uid: 1000,
  hostName: 'Ada-Laptop',
  addresses: [
    { interface: 'lo', address: '127.0.0.1', prefix: 8 },
    { interface: 'wlan0', address: '192.168.1.20', prefix: 24, dynamic: true },
  ],
  defaultRoute: { interface: 'wlan0', gateway: '192.168.1.1' },
  routes: [{ destination: '192.168.1.0/24', interface: 'wlan0' }],
  inotify: { instances: 128, watches: 65_536 },
  keys: { maxKeys: 1_000_000, maxBytes: 25_000_000 },
  dns: { servers: ['127.0.0.53', '192.168.1.1', 'fe80::1', '2606:4700:4700::1111', '9.9.9.9'], usable: false },
  networkManager: true,
  kvmModule: 'kvm_intel',
  kvmGroup: 'member',
  modules: [],
  readOnlyUsrLocal: false,
  badIptables: false,
  selinux: { enforcing: false, policy: false },
  memory: 16 * GiB,
  cpus: 8,
  disk: { free: 200 * GiB, total: 500 * GiB, fsType: 'ext4' },
  disks: [
    { byId: '/dev/disk/by-id/ata-Empty_1', size: 256 * GiB },
    { byId: '/dev/disk/by-id/ata-Root_1', size: 500 * GiB, inUse: 'mounted at /' },
  ],
  lvm: true,
  present: [],
  ...changes,
});

export const settings = (changes: Partial<ApplianceSettings> = {}): ApplianceSettings => ({
  mode: 'solo',
  nodeName: 'hearth',
  tlsNames: [],
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  volumes: '/var/lib/hearth/volumes',
  storage: 'local-path',
  etcd: false,
  accelerator: 'kvm',
  versions: { k3s: 'v1.36.3+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' },
  dns: [],
  ...changes,
});
export const lan = (changes: Partial<ApplianceSettings> = {}): ApplianceSettings =>
  settings({ mode: 'lan', address: '192.168.1.20', ...changes });
