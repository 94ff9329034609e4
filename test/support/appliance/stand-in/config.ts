import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fatal } from './log.ts';

const common = [
  'data-dir',
  'debug',
  'token',
  'token-file',
  'server',
  'node-name',
  'with-node-id',
  'node-label',
  'node-taint',
  'node-ip',
  'node-external-ip',
  'resolv-conf',
  'flannel-iface',
  'flannel-conf',
  'flannel-cni-conf',
  'kubelet-arg',
  'kube-proxy-arg',
  'protect-kernel-defaults',
  'private-registry',
  'pause-image',
  'snapshotter',
  'docker',
  'container-runtime-endpoint',
  'default-runtime',
  'nonroot-devices',
  'selinux',
  'lb-server-port',
  'prefer-bundled-bin',
  'rootless',
  'vpn-auth',
  'disable-default-registry-endpoint',
  'node-internal-dns',
  'node-external-dns',
  'bind-address',
  'https-listen-port',
];
const server = [
  'advertise-address', 'advertise-port', 'tls-san', 'tls-san-security', 'cluster-cidr', 'service-cidr',
  'service-node-port-range', 'cluster-dns', 'cluster-domain', 'flannel-backend', 'flannel-ipv6-masq', 'flannel-external-ip',
  'egress-selector-mode', 'servicelb-namespace', 'write-kubeconfig', 'write-kubeconfig-mode', 'write-kubeconfig-group',
  'write-kubeconfig-name', 'agent-token', 'agent-token-file', 'cluster-init', 'cluster-reset', 'datastore-endpoint',
  'etcd-expose-metrics', 'etcd-disable-snapshots', 'etcd-snapshot-schedule-cron', 'etcd-snapshot-retention',
  'etcd-snapshot-dir', 'kube-apiserver-arg', 'kube-controller-manager-arg', 'kube-scheduler-arg', 'etcd-arg',
  'kube-cloud-controller-manager-arg', 'disable', 'disable-scheduler', 'disable-cloud-controller', 'disable-kube-proxy',
  'disable-network-policy', 'disable-helm-controller', 'disable-apiserver', 'disable-controller-manager', 'disable-etcd',
  'default-local-storage-path', 'secrets-encryption', 'secrets-encryption-provider', 'embedded-registry',
  'supervisor-metrics', 'enable-pprof', 'helm-job-image', 'system-default-registry', 'datastore-cafile', 'kine-tls',
]; // prettier-ignore

export type Config = Readonly<Record<string, string | boolean | readonly string[]>>;

/**
 * /etc/rancher/k3s/config.yaml with its drop-ins and the flags after the command, as strict as k3s is: a key that is no flag
 * is the end (docs.k3s.io/installation/configuration). `key+` appends to a list.
 */
export function readConfig(role: 'server' | 'agent', args: readonly string[]): Config {
  const known = new Set([...common, ...(role === 'server' ? server : [])]);
  const found: Record<string, string | boolean | string[]> = {};
  const put = (key: string, value: unknown): void => {
    const append = key.endsWith('+');
    const name = append ? key.slice(0, -1) : key;
    // The words of the command line's parser, where a key of the file has become a flag.
    if (!known.has(name)) {
      process.stderr.write(`Incorrect Usage: flag provided but not defined: -${name}\n`);
      fatal(`flag provided but not defined: -${name}`);
    }
    const texts = Array.isArray(value) ? value.map(String) : undefined;
    const before = found[name];
    if (append && texts) found[name] = [...(Array.isArray(before) ? before : []), ...texts];
    else found[name] = texts ?? (typeof value === 'boolean' ? value : String(value));
  };
  const main = '/etc/rancher/k3s/config.yaml';
  const folder = `${main}.d`;
  const files = [main, ...(existsSync(folder) ? readdirSync(folder).sort().filter((name) => /\.ya?ml$/.test(name)).map((name) => join(folder, name)) : [])]; // prettier-ignore
  for (const file of files) {
    if (!existsSync(file)) continue;
    let parsed: unknown;
    try {
      parsed = parse(readFileSync(file, 'utf8'));
    } catch (error) {
      fatal(`failed to load config file ${file}: ${(error as Error).message}`);
    }
    if (parsed === null || parsed === undefined) continue;
    if (typeof parsed !== 'object' || Array.isArray(parsed)) fatal(`${file} is no map of flags`);
    for (const [key, value] of Object.entries(parsed)) put(key, value);
  }
  for (const [at, arg] of args.entries()) {
    const [, name, value] = /^--([a-z0-9-]+)(?:=(.*))?$/.exec(arg) ?? [];
    if (name === undefined) continue;
    const next = args[at + 1];
    put(name, value ?? (next === undefined || next.startsWith('--') ? true : next));
  }
  return found;
}

export const textOf = (config: Config, key: string): string | undefined => {
  const value = config[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
export const listOf = (config: Config, key: string): string[] => {
  const value = config[key];
  if (Array.isArray(value)) return [...(value as string[])];
  return typeof value === 'string' ? value.split(',').filter(Boolean) : [];
};
