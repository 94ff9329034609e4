import type { KubeObject } from '../../contract/kube.ts';
import { amountKinds } from '../../contract/quotas.ts';
import type { Amounts, Limits } from '../../contract/quotas.ts';
import { imageNamespace } from '../images/manifest.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import { countedSize } from './counted-size.ts';

/** Id of the user who made it: machines, disks, and what makes machines. What nobody of them made has none. */
export const ownerLabel = 'hearth.dev/owner';
/** On a clone or a restore: what its machine will take, as JSON. It counts until that machine is marked as its owner's. */
export const comingAnnotation = 'hearth.dev/coming';

/** What of a machine counts. */
export interface Machine {
  namespace: string;
  name: string;
  owner: string | undefined;
  cpus: number;
  memory: number;
  /** Bytes of disks that live and go with it. */
  local: number;
  /** Disks that are made for it, by name. */
  templates: ReadonlyMap<string, number>;
  /** Disks that it uses, by name. */
  claims: readonly string[];
}
export interface Disk {
  owner: string | undefined;
  size: number;
}
/** All that counts on a target. Keys are namespace/name. */
export interface Stock {
  machines: ReadonlyMap<string, Machine>;
  disks: ReadonlyMap<string, Disk>;
  coming: readonly { key: string; owner: string; amounts: Amounts }[];
}
/** Whose a lab is, by its namespace; undefined: it is none, or nobody knows. */
export type LabOwner = (namespace: string) => string | undefined;

export const nothing: Amounts = { machines: 0, cpus: 0, memory: 0, disk: 0 };
const bytes = (of: unknown): number => quantity(pick(of, 'resources', 'requests', 'storage')) ?? 0;
/** Bytes that a DataVolume or a claim asks for. Pure. */
export const diskSize = ({ spec }: Pick<KubeObject, 'spec'>): number =>
  Math.max(bytes(spec), bytes(pick(spec, 'storage')), bytes(pick(spec, 'pvc')));
export const keyIn = (namespace: string, name: string): string => `${namespace}/${name}`;
export const ownerIn = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[ownerLabel];

/** Of a VirtualMachine, or of an instance that nobody made a machine for. `type`: its instance type, where it has one. Pure. */
export function machineOf(object: KubeObject, type: KubeObject | undefined): Machine {
  const { namespace = '', name = '' } = object.metadata;
  const vm = object.kind === 'VirtualMachineInstance' ? { ...object, spec: { template: { spec: object.spec } } } : object; // prettier-ignore
  const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes');
  const templates = pickList(vm, 'spec', 'dataVolumeTemplates');
  return {
    namespace,
    name,
    owner: ownerIn(object),
    ...countedSize(pick(vm, 'spec', 'template', 'spec', 'domain'), type),
    local: volumes.reduce((sum, each) => sum + (quantity(pick(each, 'emptyDisk', 'capacity')) ?? 0), 0),
    templates: new Map(templates.map((each) => [pickText(each, 'metadata', 'name') ?? '', diskSize(each as unknown as KubeObject)])), // prettier-ignore
    claims: volumes.flatMap((each) => {
      const claim = pickText(each, 'dataVolume', 'name') ?? pickText(each, 'persistentVolumeClaim', 'claimName');
      return claim === undefined ? [] : [claim];
    }),
  };
}

/** What somebody has. In the namespace of a lab what is nobody's is theirs who started it. Pure. */
export function used(stock: Stock, person: string, labOwner: LabOwner): Amounts {
  const sum = { ...nothing };
  const disks = new Map<string, number>();
  for (const [key, disk] of stock.disks)
    if (!key.startsWith(`${imageNamespace}/`) && (disk.owner ?? labOwner(spaceOf(key))) === person) disks.set(key, disk.size); // prettier-ignore
  const coming = stock.coming.filter(({ owner }) => owner === person);
  for (const [key, machine] of stock.machines) {
    if ((machine.owner ?? labOwner(machine.namespace)) !== person) continue;
    sum.machines += 1;
    sum.cpus += machine.cpus;
    sum.memory += machine.memory;
    sum.disk += machine.local;
    for (const name of [...machine.templates.keys(), ...machine.claims]) {
      const disk = stock.disks.get(keyIn(machine.namespace, name));
      const size = disk ? (disk.owner === undefined ? disk.size : undefined) : machine.templates.get(name);
      if (size !== undefined) disks.set(keyIn(machine.namespace, name), size);
    }
    coming.splice(0, coming.length, ...coming.filter((each) => each.key !== key));
  }
  for (const { amounts } of coming) for (const kind of amountKinds) sum[kind] += amounts[kind];
  for (const size of disks.values()) sum.disk += size;
  return sum;
}
const spaceOf = (key: string): string => key.slice(0, key.indexOf('/'));

/** The limits that a change would break: those that are not touched may be broken already. Pure. */
export function broken(limits: Limits, before: Amounts, after: Amounts): (keyof Amounts)[] {
  return amountKinds.filter((kind) => after[kind] > before[kind] && after[kind] > (limits[kind] ?? Infinity));
}
