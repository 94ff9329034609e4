import type { PlanFacts } from '../facts.ts';
import { paths, soloAddress, soloInterface } from '../paths.ts';
import type { ApplianceSettings } from '../settings.ts';
import { nameServers } from './resolv.ts';
import { commentedYaml, type Entry } from './yaml.ts';

const head = 'Written by Hearth. k3s reads it at every start; what Hearth changes later it writes here anew.';

/** Address and interface that k3s is told to use. `settings` were checked: a lan address is on an interface. */
export function nodeAddress(
  settings: Pick<ApplianceSettings, 'mode' | 'address'>,
  facts: Pick<PlanFacts, 'addresses' | 'defaultRoute'>,
): { address: string; interface: string } {
  if (settings.mode === 'solo' || settings.address === undefined)
    return { address: soloAddress, interface: soloInterface };
  const on = facts.addresses.find(({ address }) => address === settings.address);
  return { address: settings.address, interface: on?.interface ?? facts.defaultRoute?.interface ?? 'eth0' };
}

/**
 * /etc/rancher/k3s/config.yaml of a server. Keys: https://docs.k3s.io/cli/server. A fixed address on an interface of its
 * own keeps a laptop's cluster alive when it changes networks; never run on a real machine by us so far.
 */
export function serverConfig(settings: ApplianceSettings, facts: PlanFacts): string {
  const { address, interface: on } = nodeAddress(settings, facts);
  const solo = settings.mode === 'solo';
  const entries: (Entry | false)[] = [
    ...shared(settings, facts),
    { key: 'write-kubeconfig-mode', value: '0600', why: 'This kubeconfig is root on this machine: nobody else may read it.' },
    { key: 'disable', value: ['traefik'], why: 'Leaves ports 80 and 443 to others; servicelb stays and brings services of virtual machines to the LAN.' },
    { key: 'tls-san', value: names(settings, facts), why: 'Names under which the API server may be dialled.' },
    { key: 'secrets-encryption', value: true, why: 'Only painless when chosen at the first start.' },
    { key: 'default-local-storage-path', value: settings.volumes, why: 'Disks of virtual machines, outside of the data directory of k3s.' },
    { key: 'cluster-cidr', value: settings.clusterCidr, why: 'Addresses of pods; cannot change later.' },
    { key: 'service-cidr', value: settings.serviceCidr, why: 'Addresses of services; cannot change later.' },
    { key: 'node-ip', value: address, why: solo ? 'An address that no network can take away.' : 'The reserved address of this machine.' },
    { key: 'flannel-iface', value: on, why: 'Otherwise the interface of the default route is taken, whichever that is at the time.' },
    { key: 'flannel-backend', value: solo ? 'host-gw' : 'vxlan', why: solo ? 'One machine needs no tunnel.' : 'Works over any LAN; every server must have the same.' },
    settings.etcd && { key: 'cluster-init', value: true, why: 'Embedded etcd instead of SQLite, for more servers later.' },
  ]; // prettier-ignore
  return commentedYaml(
    head,
    entries.filter((entry) => entry !== false),
  );
}

/** The same file of a machine that joins. `server` and the token's file make it an agent. */
export function agentConfig(server: string, settings: ApplianceSettings, facts: PlanFacts): string {
  const { address, interface: on } = nodeAddress(settings, facts);
  return commentedYaml(head, [
    { key: 'server', value: server, why: 'The machine that is joined.' },
    { key: 'token-file', value: paths.joinToken, why: "A token for joining only, never the server's own." },
    ...shared(settings, facts),
    { key: 'node-ip', value: address, why: 'The reserved address of this machine.' },
    { key: 'flannel-iface', value: on, why: 'Otherwise the interface of the default route is taken, whichever that is at the time.' },
  ]); // prettier-ignore
}

function shared(settings: ApplianceSettings, facts: PlanFacts): Entry[] {
  const entries: (Entry | false)[] = [
    { key: 'node-name', value: settings.nodeName, why: 'Fixed at the install; a new host name must not make a second node.' },
    { key: 'nonroot-devices', value: true, why: 'Lets KubeVirt and CDI use block volumes.' },
    nameServers(settings, facts).length > 0 && { key: 'resolv-conf', value: paths.resolvConf, why: 'Without a usable list k3s would quietly ask 8.8.8.8.' },
    facts.badIptables && { key: 'prefer-bundled-bin', value: true, why: 'The iptables of this system is one that corrupts rules.' },
    facts.selinux.enforcing && facts.selinux.policy && { key: 'selinux', value: true, why: 'SELinux enforces here and the policy of k3s is installed.' },
  ]; // prettier-ignore
  return entries.filter((entry) => entry !== false);
}

/** Host name, its mDNS name, the address others use and what the person added; each once. */
function names(settings: ApplianceSettings, facts: PlanFacts): string[] {
  const host = facts.hostName.toLowerCase();
  const short = host.split('.')[0] ?? host;
  // A host name that is no DNS name would make the whole certificate invalid.
  const hosts = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(short) ? [...(host === short ? [] : [host]), short, `${short}.local`] : [];
  return [...new Set([...hosts, settings.nodeName, ...(settings.mode === 'lan' && settings.address ? [settings.address] : []), ...settings.tlsNames])];
} // prettier-ignore
