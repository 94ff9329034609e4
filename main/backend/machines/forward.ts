import type { KubeObject } from '../../contract/kube.ts';
import { pick, pickList, pickNumber, pickText } from '../target/pick.ts';

/** On a machine's pod and on all that belongs to it; its value is the machine's name. */
export const machineLabel = 'hearth.dev/machine';

export interface Forward {
  guestPort: number;
  hostPort?: number | undefined;
  protocol: 'TCP' | 'UDP';
}

/**
 * A forwarded port as a Service. With a wish for the host's port it is a LoadBalancer on that port (k3s and our engine put
 * it on the host), else a NodePort, whose number the target picks. Pure.
 */
export function forwardService(machine: { namespace: string; name: string }, forward: Forward): KubeObject {
  const { guestPort, hostPort, protocol } = forward;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceName(machine.name, forward),
      namespace: machine.namespace,
      labels: { [machineLabel]: machine.name, 'app.kubernetes.io/managed-by': 'hearth' },
    },
    spec: {
      type: hostPort === undefined ? 'NodePort' : 'LoadBalancer',
      selector: { [machineLabel]: machine.name },
      ports: [
        {
          name: `${protocol.toLowerCase()}-${guestPort}`,
          protocol,
          port: hostPort ?? guestPort,
          targetPort: guestPort,
        },
      ],
    },
  };
}

/** Service names have 63 characters at most and begin with a letter. */
function serviceName(machine: string, { guestPort, protocol }: Forward): string {
  const suffix = `-${protocol.toLowerCase()}-${guestPort}`;
  const stem = /^[a-z]/.test(machine) ? machine : `vm-${machine}`;
  return `${stem.slice(0, 63 - suffix.length).replace(/-+$/, '')}${suffix}`;
}

/** Whether a Service leads to a machine with these pod labels. Pure. */
export function selects(service: KubeObject, labels: Readonly<Record<string, unknown>>): boolean {
  const selector = Object.entries((pick(service, 'spec', 'selector') ?? {}) as Record<string, unknown>);
  return selector.length > 0 && selector.every(([name, value]) => labels[name] === value);
}

/** Host ports of a Service that reach a guest. Pure. */
export function forwardsOf(service: KubeObject): {
  service: string;
  protocol: string;
  hostPort: number;
  guestPort: number;
  address: string;
  problem?: string;
}[] {
  const type = pickText(service, 'spec', 'type');
  const ingress = pickList(service, 'status', 'loadBalancer', 'ingress')[0];
  const address = pickText(ingress, 'ip') ?? pickText(ingress, 'hostname') ?? '127.0.0.1';
  const trouble = pickList(service, 'status', 'conditions').find(
    (condition) => condition['status'] === 'False' || condition['type'] === 'Failed',
  );
  return pickList(service, 'spec', 'ports').flatMap((port) => {
    const own = pickNumber(port, 'port') ?? 0;
    const hostPort = type === 'LoadBalancer' ? own : pickNumber(port, 'nodePort');
    if (type !== 'LoadBalancer' && type !== 'NodePort') return [];
    const problem = pickText(trouble, 'message') ?? (hostPort === undefined ? 'No port of the host yet.' : undefined);
    return {
      service: service.metadata.name ?? '',
      protocol: pickText(port, 'protocol') ?? 'TCP',
      hostPort: hostPort ?? 0,
      guestPort: pickNumber(port, 'targetPort') ?? own,
      address,
      ...(problem && { problem }),
    };
  });
}
