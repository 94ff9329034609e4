import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../../contract/kube.ts';
import type { RollBack } from '../../contract/networks.ts';
import { nicNames } from '../../contract/new-network.ts';
import { ProblemError } from '../../contract/problem.ts';

/** What of a machine's template tells its networks. */
interface Nic {
  name: string;
  state?: string;
  macAddress?: string;
  [field: string]: unknown;
}
interface Network {
  name: string;
  pod?: object;
  multus?: { networkName: string };
}
interface Template {
  metadata?: { annotations?: Record<string, string> };
  spec: { domain: { devices: { interfaces?: Nic[]; autoattachPodInterface?: boolean } }; networks?: Network[] };
}
const templateOf = (vm: KubeObject): Template => (vm.spec as unknown as { template: Template }).template;

export const podNetwork = 'pod';
export const rollBackPrefix = 'hearth.dev/network-roll-back.';
export const reservationPrefix = 'hearth.dev/address.';

/** namespace/name of a network as an interface of this machine names it. */
export const networkId = (network: { pod?: unknown; multus?: unknown } | undefined, namespace: string): string => {
  const name = (network?.multus as { networkName?: string } | undefined)?.networkName;
  if (name === undefined) return podNetwork;
  return name.includes('/') ? name : `${namespace}/${name}`;
};
const nameFor = (id: string, namespace: string): string =>
  id.startsWith(`${namespace}/`) ? id.slice(namespace.length + 1) : id;

/** The interfaces, with the one written out that KubeVirt attaches where none is named. Changes `vm`. */
export function written(vm: KubeObject): { nics: Nic[]; networks: Network[]; template: Template } {
  const template = templateOf(vm);
  const { devices } = template.spec.domain;
  const nics = (devices.interfaces ??= []);
  const networks = (template.spec.networks ??= []);
  if (nics.length === 0 && networks.length === 0 && devices.autoattachPodInterface !== false) {
    nics.push({ name: 'default', masquerade: {} });
    networks.push({ name: 'default', pod: {} });
  }
  return { nics, networks, template };
}

/** Adds an interface; answers its name. The MAC address is written down, so that it stays over restarts everywhere. */
export function addNic(vm: KubeObject, network: string, model: string): string {
  const { nics, networks, template } = written(vm);
  const namespace = vm.metadata.namespace ?? 'default';
  if (network === podNetwork && networks.some(({ pod }) => pod !== undefined))
    throw new ProblemError({ code: 'network-twice', title: 'The machine is on the pod network already', detail: 'A machine can have one interface there.' }); // prettier-ignore
  const [name = 'default'] = nicNames([network === podNetwork ? '/default' : network], nics.map((nic) => nic.name)); // prettier-ignore
  const [first = 0, ...rest] = randomBytes(5);
  const mac = ['02', ...[first, ...rest].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
  if (network === podNetwork) {
    nics.push({ name, model, macAddress: mac, masquerade: {} });
    networks.push({ name, pod: {} });
    delete template.spec.domain.devices.autoattachPodInterface;
  } else {
    nics.push({ name, model, macAddress: mac, bridge: {} });
    networks.push({ name, multus: { networkName: nameFor(network, namespace) } });
  }
  return name;
}

function find(vm: KubeObject, name: string): { nic: Nic; network: Network; all: ReturnType<typeof written> } {
  const all = written(vm);
  const nic = all.nics.find((one) => one.name === name);
  const network = all.networks.find((one) => one.name === name);
  if (!nic || !network)
    throw new ProblemError({ code: 'interface-not-found', title: 'This interface is not there', detail: `${vm.metadata.name} has no interface ${name} (any more).` }); // prettier-ignore
  return { nic, network, all };
}

/** Takes an interface out: of a running machine by asking for it (`absent`), else at once. */
export function dropNic(vm: KubeObject, name: string, live: boolean): void {
  const { nic, network, all } = find(vm, name);
  forgetRollBack(vm, name);
  if (live && network.multus) {
    nic.state = 'absent';
    return;
  }
  all.nics.splice(all.nics.indexOf(nic), 1);
  all.networks.splice(all.networks.indexOf(network), 1);
  // With none named KubeVirt would attach the pod network again.
  if (all.nics.length === 0) all.template.spec.domain.devices.autoattachPodInterface = false;
}

/** Puts an interface on another network; answers where it was. */
export function moveNic(vm: KubeObject, name: string, network: string): string {
  const { nic, network: now, all } = find(vm, name);
  const namespace = vm.metadata.namespace ?? 'default';
  const before = networkId(now, namespace);
  if (network === podNetwork) {
    if (before !== podNetwork && all.networks.some(({ pod }) => pod !== undefined))
      throw new ProblemError({ code: 'network-twice', title: 'The machine is on the pod network already', detail: 'A machine can have one interface there.' }); // prettier-ignore
    delete now.multus;
    now.pod = {};
    delete nic['bridge'];
    nic['masquerade'] = {};
  } else {
    delete now.pod;
    now.multus = { networkName: nameFor(network, namespace) };
    for (const field of ['masquerade', 'passtBinding', 'ports']) delete nic[field];
    nic['bridge'] ??= {};
  }
  return before;
}

export function setLink(vm: KubeObject, name: string, up: boolean): void {
  const { nic } = find(vm, name);
  if (up) delete nic.state;
  else nic.state = 'down';
}

export function reserve(vm: KubeObject, name: string, address: string | undefined): void {
  const { all } = find(vm, name);
  const metadata = (all.template.metadata ??= {});
  const annotations = (metadata.annotations ??= {});
  if (address === undefined) delete annotations[`${reservationPrefix}${name}`];
  else annotations[`${reservationPrefix}${name}`] = address;
}
export const reservedOf = (vm: KubeObject, name: string): string | undefined =>
  templateOf(vm)?.metadata?.annotations?.[`${reservationPrefix}${name}`];

/** Kept at the machine itself, so that any Hearth that sees it takes it back in time. */
export function noteRollBack(vm: KubeObject, name: string, rollBack: RollBack): void {
  (vm.metadata.annotations ??= {})[`${rollBackPrefix}${name}`] = JSON.stringify(rollBack);
}
export function forgetRollBack(vm: KubeObject, name: string): void {
  delete vm.metadata.annotations?.[`${rollBackPrefix}${name}`];
}
/** The moves of a machine that nobody has confirmed yet. What cannot be read is none. */
export function rollBacksOf(vm: Pick<KubeObject, 'metadata'>): Map<string, RollBack> {
  const found = new Map<string, RollBack>();
  for (const [key, text] of Object.entries(vm.metadata.annotations ?? {})) {
    if (!key.startsWith(rollBackPrefix)) continue;
    try {
      const { network, until } = JSON.parse(text) as Partial<RollBack>;
      if (typeof network === 'string' && typeof until === 'string' && !Number.isNaN(Date.parse(until)))
        found.set(key.slice(rollBackPrefix.length), { network, until });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return found;
}
