import type { Api } from '../../../main/contract/contract.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { LineResult, MapNode, NetworkMap } from '../../../main/contract/map.ts';
import { FakeValue } from './live.ts';

const podNode = (kind: MapNode['kind'], name: string, tone: MapNode['tone'], pods: number, system = false, namespace = 'default'): MapNode => ({ id: `${kind}/${namespace}/${name}`, kind, namespace, name, tone, pods, system }); // prettier-ignore

/** The map of the preview: machines on two networks, containers beside them, a line that breaks at port 81. */
export function fakeMap(
  answer: <T>(what: string, value: T) => Promise<T>,
  live: <T>(source: AsyncIterable<T>) => AsyncGenerator<T>,
  machines: readonly MachineRow[],
  pods: boolean,
): Api['map'] {
  const tone = (row: MachineRow): MapNode['tone'] => (row.tone === 'paused' ? 'busy' : row.tone);
  const others = pods
    ? [podNode('Deployment', 'web', 'running', 2), podNode('Deployment', 'shop', 'error', 1), podNode('StatefulSet', 'postgres', 'running', 1), podNode('Deployment', 'coredns', 'running', 1, true, 'kube-system')] // prettier-ignore
    : [];
  const nodes: MapNode[] = [
    ...machines.map(({ namespace, name, ...row }) => ({ id: `VirtualMachine/${namespace}/${name}`, kind: 'VirtualMachine' as const, namespace, name, tone: tone({ namespace, name, ...row }), system: false })), // prettier-ignore
    ...others,
  ];
  const machineNodes = nodes.filter(({ kind }) => kind === 'VirtualMachine');
  const [first, second] = machineNodes;
  const value: NetworkMap = {
    nodes,
    networks: [
      { id: 'pod', kind: 'pod', name: 'pod', cards: nodes.map(({ id }, n) => ({ node: id, addresses: [`10.187.0.${10 + (n % 200)}`] })) }, // prettier-ignore
      { id: 'default/storage', kind: 'private', name: 'storage', range: '10.9.0.0/24', cards: machineNodes.slice(0, 3).map(({ id }, n) => ({ node: id, interface: 'storage', addresses: [`10.9.0.${10 + n}`], ...(n === 2 && { unplugged: true as const }) })) }, // prettier-ignore
    ],
    services: [
      ...(first ? [{ id: `default/${first.name}-tcp-22`, namespace: 'default', name: `${first.name}-tcp-22`, ports: [{ port: 22, targetPort: '22', protocol: 'TCP', hostPort: 30_022 }], to: [first.id], system: false }] : []), // prettier-ignore
      ...(pods ? [{ id: 'default/web', namespace: 'default', name: 'web', ports: [{ port: 80, targetPort: '80', protocol: 'TCP' }], to: ['Deployment/default/web', ...(second ? [second.id] : [])], system: false }] : []), // prettier-ignore
    ],
  };
  const map = new FakeValue(value);
  return {
    watch: (_input, o) => live(map.watch(o?.signal)),
    testLine: ({ port, to }) => {
      const name = to.kind === 'address' ? to.address : to.name;
      const open = port !== 81;
      const result: LineResult = {
        reached: open,
        ...(!open && { broken: 'port' as const }),
        network: 'pod',
        address: '10.187.0.11',
        steps: [
          { id: 'from', state: 'ok', says: 'web runs.' },
          { id: 'to', state: 'ok', says: `${name} runs.` },
          { id: 'network', state: 'ok', says: `Both are on the pod network; ${name} has 10.187.0.11 there.` },
          { id: 'reach', state: 'ok', says: '10.187.0.11 answers web.' },
          open
            ? { id: 'port', state: 'ok', says: `Port ${port} of ${name} takes connections from web.` }
            : { id: 'port', state: 'failed', says: `${name} refuses connections on port ${port}: nothing listens there.`, fix: 'Start the program that is to listen there, on 0.0.0.0 rather than 127.0.0.1, or choose its port.' }, // prettier-ignore
        ],
      };
      return answer('The line', result);
    },
  };
}
