import type { KubeObject } from '../../contract/kube.ts';
import type { Amounts } from '../../contract/quotas.ts';
import type { KubeClient } from '../target/client.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pick, pickText } from '../target/pick.ts';
import { keyIn, machineOf } from './stock.ts';
import type { Stock } from './stock.ts';
import { createTypes } from './take-stock.ts';

/**
 * What there will be when a VirtualMachineClone or a VirtualMachineRestore is done: a controller makes it by and by. `amounts`
 * is what a new machine of it takes; one that is brought back may only grow. What cannot be found is left to the target to refuse.
 */
export async function weigh(
  client: KubeClient,
  stock: Stock,
  object: KubeObject,
  owner: string,
): Promise<{ later: Stock; amounts?: Amounts }> {
  const { namespace = '' } = object.metadata;
  const key = keyIn(namespace, pickText(object, 'spec', 'target', 'name') ?? object.metadata.name ?? '');
  const vm = await machineFor(client, object, namespace).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (!vm) return { later: stock };
  const will = machineOf(vm, await createTypes(client)(vm));
  const there = stock.machines.get(key);
  if (there && object.kind === kinds.virtualMachineRestores.kind) {
    const grown = { ...there, cpus: will.cpus, memory: will.memory };
    return { later: { ...stock, machines: new Map(stock.machines).set(key, grown) } };
  }
  const names = new Set([...will.templates.keys(), ...will.claims]);
  const disk = [...names].reduce((sum, name) => sum + (stock.disks.get(keyIn(namespace, name))?.size ?? will.templates.get(name) ?? 0), will.local); // prettier-ignore
  const amounts: Amounts = { machines: 1, cpus: will.cpus, memory: will.memory, disk };
  return { later: { ...stock, coming: [...stock.coming, { key, owner, amounts }] }, amounts };
}

async function machineFor(client: KubeClient, object: KubeObject, namespace: string): Promise<KubeObject | undefined> {
  if (object.kind === kinds.virtualMachineRestores.kind)
    return ofSnapshot(client, namespace, pickText(object, 'spec', 'virtualMachineSnapshotName') ?? '');
  const name = pickText(object, 'spec', 'source', 'name') ?? '';
  if (pickText(object, 'spec', 'source', 'kind') === kinds.virtualMachineSnapshots.kind) return ofSnapshot(client, namespace, name); // prettier-ignore
  return client.get(kinds.virtualMachines, namespace, name);
}

async function ofSnapshot(client: KubeClient, namespace: string, snapshot: string): Promise<KubeObject | undefined> {
  const found = await client.get(kinds.virtualMachineSnapshots, namespace, snapshot);
  const content = pickText(found, 'status', 'virtualMachineSnapshotContentName');
  if (content === undefined) return undefined;
  const kept = await client.get(kinds.virtualMachineSnapshotContents, namespace, content);
  const vm = pick(kept, 'spec', 'source', 'virtualMachine') as KubeObject | undefined;
  return vm && { ...vm, kind: kinds.virtualMachines.kind, metadata: { ...vm.metadata, namespace } };
}
