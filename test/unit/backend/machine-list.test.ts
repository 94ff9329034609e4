import { expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { ListUpdate, MachineRow } from '../../../main/contract/machine.ts';
import { createMachineList } from '../../../main/backend/machines/list.ts';
import type { Samples } from '../../../main/backend/machines/samples.ts';
import type { CollectionListener } from '../../../main/backend/target/collection.ts';
import { keyOf, kinds } from '../../../main/backend/target/kinds.ts';
import type { Kind } from '../../../main/backend/target/kinds.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';

const vm = (name: string): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'default', uid: name },
  spec: { runStrategy: 'Halted', template: { spec: { domain: { devices: {} } } } },
});

test('a machine that goes while nobody looks is not on the list of who looks next', async () => {
  const vms = new Map([vm('stays'), vm('goes')].map((each) => [keyOf(each), each]));
  const none = new Map<string, KubeObject>();
  const cache = {
    use(kind: Kind, _namespace?: string, listener: CollectionListener = {}) {
      const objects = kind === kinds.virtualMachines ? vms : none;
      for (const [key, object] of objects) listener.changed?.(key, object, undefined);
      return {
        get: (namespace: string | undefined, name: string) => objects.get(namespace ? `${namespace}/${name}` : name),
        values: () => objects.values(),
        synced: true,
        lost: undefined,
        release: () => undefined,
      };
    },
  };
  const target = { cache, state: { value: {} } } as unknown as OpenTarget;
  const samples = { latest: () => undefined, use: () => () => undefined } as unknown as Samples;
  const list = createMachineList(target, samples, {});
  const look = async (): Promise<string[]> => {
    const stop = new AbortController();
    for await (const update of list.watch(stop.signal) as AsyncIterable<ListUpdate<MachineRow>>)
      if (update.type === 'snapshot') return update.items.map(({ name }) => name);
    return [];
  };
  expect(await look()).toEqual(['stays', 'goes']);
  vms.delete('default/goes');
  expect(await look()).toEqual(['stays']);
});
