import type { KubeObject } from '../../contract/kube.ts';
import { amountKinds } from '../../contract/quotas.ts';
import type { Amounts } from '../../contract/quotas.ts';
import type { KubeClient } from '../target/client.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pick, pickText } from '../target/pick.ts';
import { comingAnnotation, diskSize, keyIn, machineOf, nothing, ownerIn } from './stock.ts';
import type { Disk, Machine, Stock } from './stock.ts';

/** Reads all that counts on a target, page by page: of each object only a few words are kept. Throws KubeError. */
export async function takeStock(client: KubeClient): Promise<Stock> {
  const machines = new Map<string, Machine>();
  const disks = new Map<string, Disk>();
  const coming: Stock['coming'][number][] = [];
  const typed = createTypes(client);
  const waiting: Promise<void>[] = [];
  const machine = (object: KubeObject): void => {
    if (object.kind === 'VirtualMachineInstance' && (object.metadata.ownerReferences?.length ?? 0) > 0) return;
    // What is kept is small: the object itself goes when its type is known.
    waiting.push(typed(object).then((type) => void machines.set(keyOf(object), machineOf(object, type))));
  };
  const disk = (object: KubeObject): void => {
    const key = keyOf(object);
    const known = disks.get(key);
    disks.set(key, { owner: known?.owner ?? ownerIn(object), size: Math.max(known?.size ?? 0, diskSize(object)) });
  };
  const come = (object: KubeObject): void => {
    const owner = ownerIn(object);
    const amounts = amountsIn(object.metadata.annotations?.[comingAnnotation]);
    if (owner === undefined || !amounts || failed(object)) return;
    const { namespace = '' } = object.metadata;
    coming.push({ key: keyIn(namespace, pickText(object, 'spec', 'target', 'name') ?? ''), owner, amounts });
  };
  await Promise.all([
    each(client, kinds.virtualMachines, machine),
    each(client, kinds.virtualMachineInstances, machine),
    each(client, kinds.dataVolumes, disk),
    each(client, kinds.persistentVolumeClaims, disk),
    each(client, kinds.virtualMachineClones, come),
    each(client, kinds.virtualMachineRestores, come),
  ]);
  await Promise.all(waiting);
  return { machines, disks, coming };
}
const keyOf = ({ metadata: { namespace = '', name = '' } }: KubeObject): string => keyIn(namespace, name);
const failed = (object: KubeObject): boolean => {
  if (pickText(object, 'status', 'phase') === 'Failed') return true;
  const conditions = pick(object, 'status', 'conditions');
  return Array.isArray(conditions) && conditions.some((one) => pick(one, 'type') === 'Failure' && pick(one, 'status') === 'True'); // prettier-ignore
};

/** Anybody who can write to the target can write the annotation: what is not ours counts as nothing. */
function amountsIn(text: string | undefined): Amounts | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const amounts = { ...nothing };
    for (const kind of amountKinds) {
      const amount = pick(value, kind);
      if (typeof amount !== 'number' || !(amount >= 0)) return undefined;
      amounts[kind] = amount;
    }
    return amounts;
  } catch {
    return undefined;
  }
}

/** A kind that the target does not serve has no objects. */
async function each(client: KubeClient, kind: Kind, take: (object: KubeObject) => void): Promise<void> {
  for (let next: string | undefined, first = true; first || next; first = false)
    try {
      const page = await client.readPage(kind, undefined, { limit: 500, ...(next && { continue: next }) }, take);
      next = page.next;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return;
    }
}

export const namespacedTypes = { ...kinds.instancetypes, kind: 'VirtualMachineInstancetype', plural: 'virtualmachineinstancetypes', namespaced: true }; // prettier-ignore
export const orNone = (error: unknown): undefined => {
  if (isNotFound(error)) return undefined;
  throw error;
};

/** The instance type that a machine names; without a namespace: one of the whole cluster. Pure. */
export function typeNamed(vm: KubeObject): { namespace: string | undefined; name: string } | undefined {
  const name = pickText(vm, 'spec', 'instancetype', 'name');
  if (name === undefined) return undefined;
  const own = /^virtualmachineinstancetypes?$/i.test(pickText(vm, 'spec', 'instancetype', 'kind') ?? '');
  return { namespace: own ? vm.metadata.namespace : undefined, name };
}

/** The instance type of a machine, each asked for once; undefined where it has none, or that is gone. */
export function createTypes(client: KubeClient): (vm: KubeObject) => Promise<KubeObject | undefined> {
  const known = new Map<string, Promise<KubeObject | undefined>>();
  return async (vm) => {
    const named = typeNamed(vm);
    if (!named) return undefined;
    const { namespace, name } = named;
    const key = `${namespace ?? ''}/${name}`;
    const kind = namespace === undefined ? kinds.instancetypes : namespacedTypes;
    const found = known.get(key) ?? client.get(kind, namespace, name).catch(orNone);
    known.set(key, found);
    return found;
  };
}
