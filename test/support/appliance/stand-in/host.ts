import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { listOf, textOf } from './config.ts';
import { fatal, log } from './log.ts';
import { write } from './pki.ts';

/** Runs a program of the host; false where it fails. What cannot be done on this kernel is logged and left out. */
const did = (program: string, args: readonly string[], input = ''): boolean => {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, input });
  if (status !== 0) log('warning', `${program} ${args.join(' ')}: ${stderr?.trim() || String(status)}`);
  return status === 0;
};

/** What a kubelet and k3s set by themselves (kubelet setupKernelTunables; k3s pkg/agent/syssetup). */
const sysctls: Record<string, string> = {
  'net/ipv4/ip_forward': '1', 'net/ipv4/conf/all/forwarding': '1', 'net/bridge/bridge-nf-call-iptables': '1',
  'net/bridge/bridge-nf-call-ip6tables': '1', 'vm/overcommit_memory': '1', 'vm/panic_on_oom': '0', 'kernel/panic': '10',
  'kernel/panic_on_oops': '1', 'kernel/keys/root_maxkeys': '1000000', 'kernel/keys/root_maxbytes': '25000000',
}; // prettier-ignore

/** The address of this node: told, of the told interface, else of the default route's. Ends like k3s where there is none. */
export function nodeAddress(config: Config): string {
  const all = networkInterfaces();
  const ofInterface = (name: string): string | undefined => all[name]?.find(({ family }) => family === 'IPv4')?.address;
  const told = listOf(config, 'node-ip')[0];
  if (told) {
    if (!Object.values(all).flat().some((each) => each?.address === told))
      fatal(`flannel exited: failed to find interface with specified node ip`);
    return told;
  }
  const wanted = textOf(config, 'flannel-iface');
  if (wanted) return ofInterface(wanted) ?? fatal(`unable to find interface: route ip+net: no such network interface`);
  const route = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1).map((line) => line.split('\t')).find(([, target]) => target === '00000000');
  const found = route?.[0] && ofInterface(route[0]);
  return found || fatal('Error: failed to get default interface: no default routes found in "/proc/net/route" or "/proc/net/ipv6_route"');
} // prettier-ignore

/** What a running k3s leaves on its host: kernel settings, links, rules, mounts, a container's processes, folders. */
export function occupyHost(config: Config, data: string, address: string): void {
  did('modprobe', ['-a', 'overlay', 'br_netfilter', 'nf_conntrack', 'xt_comment', 'xt_conntrack']);
  for (const [key, value] of Object.entries(sysctls)) {
    try {
      writeFileSync(`/proc/sys/${key}`, value);
    } catch (error) {
      log('warning', `sysctl ${key}: ${(error as Error).message}`);
    }
  }
  for (const folder of [
    '/run/k3s/containerd',
    '/run/flannel',
    '/var/lib/kubelet/pods',
    '/var/lib/kubelet/plugins',
    '/var/lib/kubelet/device-plugins',
    '/var/lib/cni/networks/cbr0',
    '/var/log/pods',
    '/var/log/containers',
    join(data, 'agent/containerd'),
    join(data, 'agent/etc/containerd'),
    join(data, 'agent/images'),
  ])
    mkdirSync(folder, { recursive: true });
  writeFileSync(
    '/run/flannel/subnet.env',
    'FLANNEL_NETWORK=10.42.0.0/16\nFLANNEL_SUBNET=10.42.0.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n',
  );
  writeFileSync('/var/lib/cni/networks/cbr0/last_reserved_ip.0', '10.42.0.7');
  writeFileSync(join(data, 'agent/etc/containerd/config.toml'), '# the stand-in runs no containerd\nversion = 3\n');
  writeFileSync(join(data, 'agent/containerd/containerd.log'), `the stand-in at ${address}\n`);
  const links = [
    ...(linkThere('cni0')
      ? []
      : ['link add cni0 type bridge', 'address replace 10.42.0.1/24 dev cni0', 'link set cni0 up']),
    ...(linkThere('flannel.1') || textOf(config, 'flannel-backend') === 'host-gw'
      ? []
      : ['link add flannel.1 type dummy']),
  ];
  if (links.length > 0) did('ip', ['-batch', '-'], `${links.join('\n')}\n`);
  if (!spawnSync('iptables-save', { encoding: 'utf8', timeout: 60_000 }).stdout.includes('KUBE-FORWARD'))
    did('iptables-restore', ['-w', '60', '-n'], rules);
  startShim(data);
}

/** Chains of kube-proxy and flannel, and the jumps into them, in their own words. */
const rules = `*filter
:KUBE-FORWARD - [0:0]
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
COMMIT
*nat
:KUBE-SERVICES - [0:0]
:KUBE-POSTROUTING - [0:0]
:FLANNEL-POSTRTG - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
COMMIT
`;
const linkThere = (name: string): boolean => existsSync(`/sys/class/net/${name}`);

/** A process that outlives us as a container's does (KillMode=process): a shell at the shim's path, with a child, and a mount. */
function startShim(data: string): void {
  const build = createHash('sha256').update('stand-in').digest('hex');
  const shim = join(data, 'data', build, 'bin/containerd-shim-runc-v2');
  if (!existsSync(shim)) {
    mkdirSync(join(data, 'data', build, 'bin'), { recursive: true });
    copyFileSync('/bin/dash', shim);
    chmodSync(shim, 0o755);
    if (!existsSync(join(data, 'data/current'))) symlinkSync(join(data, 'data', build), join(data, 'data/current'));
  }
  const running = readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(shim);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
  if (running) return;
  spawn(shim, ['-c', 'sleep infinity & wait', '-namespace', 'k8s.io', '-id', 'stand-in'], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
  const volume = '/var/lib/kubelet/pods/00000000-stand-in/volumes/kubernetes.io~projected/token';
  mkdirSync(volume, { recursive: true });
  if (!readFileSync('/proc/mounts', 'utf8').includes(volume)) did('mount', ['-t', 'tmpfs', 'tmpfs', volume]);
} // prettier-ignore

/** The password by which this node is known again (docs.k3s.io/architecture#node-registration). */
export function nodePassword(): string {
  const file = '/etc/rancher/node/password';
  if (!existsSync(file)) write(file, `${randomBytes(16).toString('hex')}\n`);
  return readFileSync(file, 'utf8').trim();
}

/** Logs what it would import, as k3s imports agent/images at start; gives the names of the archives. */
export function importImages(data: string): string[] {
  const folder = join(data, 'agent/images');
  const archives = readdirSync(folder).filter((name) => /\.tar(\.(zst|gz|lz4))?$/.test(name));
  for (const name of archives) log('info', `Importing images from ${join(folder, name)}`);
  return archives;
}

/** Tells systemd that we are ready. Node has no datagram sockets, so systemd's own program speaks for us. */
export function tellReady(): void {
  if (!process.env['NOTIFY_SOCKET']) return;
  execFileSync('systemd-notify', ['--ready', `--pid=${process.pid}`], { timeout: 20_000 });
}
