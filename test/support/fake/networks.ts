import type { Api } from '../../../main/contract/contract.ts';
import type { NetworkRow } from '../../../main/contract/networks.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { FakeList } from './live.ts';
import { binEntry } from './undo.ts';
import type { FakeBin } from './undo.ts';

/** Networks of the preview: the pod network with every machine, and a private one with two of them. */
export function fakeNetworks(
  answer: <T>(what: string, value: T) => Promise<T>,
  machines: readonly MachineRow[],
  bin: FakeBin,
): Api['networks'] {
  const member = (row: MachineRow, nic: string, address: string) => ({
    namespace: row.namespace, machine: row.name, interface: nic, running: row.tone === 'running', mac: '02:3a:91:5e:c2:07',
    addresses: row.tone === 'running' ? [address] : [], names: [row.name],
  }); // prettier-ignore
  const list = new FakeList<NetworkRow>(rowKeys.network, [
    { id: 'pod', kind: 'pod', name: 'pod', members: machines.map((row, n) => member(row, 'default', `10.187.0.${10 + (n % 200)}`)) },
    {
      id: 'default/storage', kind: 'private', namespace: 'default', name: 'storage', range: '10.9.0.0/24', bridge: 'hb0123456789',
      members: machines.slice(0, 2).map((row, n) => ({
        ...member(row, 'storage', `10.9.0.${10 + n}`),
        ...(n === 0 ? { reserved: '10.9.0.10', rollBack: { network: 'default/lab', until: new Date(Date.now() + 55_000).toISOString() } } : {}),
      })),
    },
    { id: 'default/lab', kind: 'private', namespace: 'default', name: 'lab', bridge: 'hb9876543210', members: [] },
  ]); // prettier-ignore
  const now = { when: 'now' as const };
  return {
    watch: (_input, options) => list.watch(options?.signal),
    create: (input) => {
      const { namespace = 'default', name } = input;
      list.put({ id: `${namespace}/${name}`, kind: input.bridge ? 'lan' : 'private', namespace, name, members: [], ...(input.subnet && { range: input.subnet }) }); // prettier-ignore
      return answer('Creating the network', { namespace, name });
    },
    remove: ({ namespace, name }) => {
      const row = list.rows.get(`${namespace}/${name}`);
      const id = crypto.randomUUID();
      list.remove(`${namespace}/${name}`);
      bin.put(
        { ...binEntry(id, 'network', name, 0, 0), namespace: namespace ?? 'default' },
        () => row && list.put(row),
      );
      return answer('Deleting the network', { id });
    },
    attach: () => answer('Adding the interface', now),
    detach: () => answer('Taking the interface out', now),
    move: () => answer('Moving the interface', now),
    confirmMove: () => answer('Keeping the move', undefined),
    rollBack: () => answer('Taking the move back', now),
    setLink: () => answer('The cable', now),
    reserve: () => answer('Reserving the address', { when: 'restart' as const }),
    portHolder: () => answer('Looking at the port', { free: true }),
  };
}
