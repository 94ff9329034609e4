import type { PlanFacts } from './facts.ts';

/** Where things are on the machine. The root helper holds its own list of what it may touch and compares. */
export const paths = {
  k3sConfig: '/etc/rancher/k3s/config.yaml',
  registries: '/etc/rancher/k3s/registries.yaml',
  resolvConf: '/etc/rancher/k3s/resolv.conf',
  ca: '/etc/rancher/k3s/ca.pem',
  joinToken: '/etc/rancher/k3s/agent-token',
  data: '/var/lib/rancher/k3s',
  images: '/var/lib/rancher/k3s/agent/images',
  kubeletDropIns: '/var/lib/rancher/k3s/agent/etc/kubelet.conf.d',
  units: '/etc/systemd/system',
  networkManager: '/etc/NetworkManager/conf.d/90-hearth.conf',
  modules: '/etc/modules-load.d/hearth.conf',
  sysctl: '/etc/sysctl.d/90-hearth.conf',
  logind: '/etc/systemd/logind.conf.d/99-kubelet.conf',
  pool: '/var/lib/hearth/pool.img',
  backups: '/var/lib/hearth/backups',
  handover: (uid: number): string => `/var/lib/hearth/handover/${uid}/kubeconfig`,
} as const;

/** Programs go where root's PATH and SELinux expect them; immutable distributions only leave /opt/bin. */
export const programs = (facts: Pick<PlanFacts, 'readOnlyUsrLocal'>): '/usr/local/bin' | '/opt/bin' =>
  facts.readOnlyUsrLocal ? '/opt/bin' : '/usr/local/bin';

/** Trees that k3s fills: the install is refused when somebody else's are there. */
export const claims = ['/etc/rancher', '/var/lib/rancher/k3s', '/var/lib/kubelet', '/run/k3s'] as const;

/**
 * Trees that k3s, the kubelet and KubeVirt fill too, but others may have as well (podman has its own /var/lib/cni): ours,
 * and removed with the appliance, only when they were absent before.
 */
export const optionalClaims = [
  '/run/flannel',
  '/var/lib/cni',
  '/etc/cni',
  '/var/log/pods',
  '/var/log/containers',
  '/var/lib/kubevirt',
  '/var/lib/kubevirt-node-labeller',
  '/run/kubevirt',
  '/run/kubevirt-private',
  '/run/kubevirt-libvirt-runtimes',
] as const;

/** The address of a solo machine, on an interface of its own. In 10/8, but in no range that home routers or VPNs hand out often. */
export const soloAddress = '10.254.254.1';
export const soloInterface = 'hl0';
