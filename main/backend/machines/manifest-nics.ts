import type { CreateMachine } from '../../contract/machine.ts';
import { nicNames } from '../../contract/new-network.ts';

interface Nics {
  /** What goes into `devices`. */
  devices: Record<string, unknown>;
  networks: Record<string, unknown>[];
}

/**
 * The cards of a new machine: masquerade on the pod network, a bridge on every other (what KubeVirt offers for networks of
 * Multus without further plug-ins). Pure.
 */
export function nicsOf({ namespace, network }: Pick<CreateMachine, 'namespace' | 'network'>): Nics {
  const fixed = (mac: string | undefined) => mac && { macAddress: mac.toLowerCase() };
  const { others } = network;
  const names = nicNames(others.map((other) => other.network));
  const interfaces: Record<string, unknown>[] = others.map((other, at) => ({
    name: names[at],
    bridge: {},
    model: other.model,
    ...fixed(other.mac),
  }));
  const networks: Record<string, unknown>[] = others.map((other, at) => ({
    name: names[at],
    multus: { networkName: other.network.startsWith(`${namespace}/`) ? other.network.slice(namespace.length + 1) : other.network },
  })); // prettier-ignore
  if (network.podNetwork) {
    interfaces.unshift({ name: 'default', masquerade: {}, model: network.model, ...fixed(network.mac) });
    networks.unshift({ name: 'default', pod: {} });
  }
  // With none named KubeVirt would attach the pod network by itself.
  return { devices: interfaces.length > 0 ? { interfaces } : { autoattachPodInterface: false }, networks };
}
