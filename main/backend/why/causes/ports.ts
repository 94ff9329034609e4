import type { KubeObject } from '../../../contract/kube.ts';
import { pickList, pickNumber, pickText } from '../../target/pick.ts';
import { cause, machinePage, page } from '../cause.ts';
import { listOf, title } from '../sources.ts';
import type { WhySources } from '../sources.ts';

interface Taken {
  service: KubeObject;
  hostPort: number;
  protocol: 'TCP' | 'UDP' | 'SCTP';
  says: string;
}

const protocolOf = (port: unknown): Taken['protocol'] => {
  const said = pickText(port, 'protocol');
  return said === 'UDP' || said === 'SCTP' ? said : 'TCP';
};
const portsOf = (service: KubeObject): { hostPort: number; protocol: Taken['protocol'] }[] =>
  pickList(service, 'spec', 'ports').flatMap((port) => {
    const hostPort = pickText(service, 'spec', 'type') === 'LoadBalancer' ? pickNumber(port, 'port') : pickNumber(port, 'nodePort');
    return hostPort === undefined ? [] : [{ hostPort, protocol: protocolOf(port) }];
  }); // prettier-ignore

/** A Service that says so itself; else one without an address beside another that has the same port of the nodes. */
function taken(sources: WhySources): Taken | undefined {
  for (const service of sources.services ?? []) {
    const ports = portsOf(service);
    const conflict = pickList(service, 'status', 'conditions').find((each) => each['reason'] === 'PortConflict' && each['status'] === 'False');
    const says = pickText(conflict, 'message');
    if (says !== undefined) {
      const port = ports.find(({ hostPort }) => new RegExp(`\\bport ${hostPort}\\b`).test(says)) ?? ports[0];
      if (port) return { service, ...port, says };
    }
    if (pickText(service, 'spec', 'type') !== 'LoadBalancer' || pickList(service, 'status', 'loadBalancer', 'ingress').length > 0) continue;
    for (const port of ports) {
      const other = listOf(sources, 'services').find((each) =>
        each.metadata.uid !== service.metadata.uid && pickText(each, 'spec', 'type') === 'LoadBalancer' &&
        pickList(each, 'status', 'loadBalancer', 'ingress').length > 0 &&
        portsOf(each).some(({ hostPort, protocol }) => hostPort === port.hostPort && protocol === port.protocol));
      if (other)
        return { service, ...port, says: `${port.protocol} port ${port.hostPort} of the nodes belongs to the Service ${other.metadata.namespace}/${other.metadata.name} already, so this one gets no address.` };
    }
  }
  return undefined;
} // prettier-ignore

/** The machine runs; a port that leads to it does not. */
export const portTaken = cause({
  id: 'port-taken',
  title: 'A port that leads to it is taken',
  tone: 'warning',
  evidence: taken,
  explain: ({ service, hostPort, protocol, says }, sources) => ({
    steps: [{ object: title(service), says }],
    cures: [
      {
        label: 'Use the next free port',
        detail: `Instead of ${protocol} port ${hostPort}.`,
        action: { type: 'changePort', service: service.metadata.name ?? '', hostPort, protocol },
      },
      page('Look at its network', machinePage(sources, 'network')),
    ],
  }),
});
