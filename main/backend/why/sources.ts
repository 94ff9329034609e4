import type { HostReport } from '../../contract/host.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { Verdict } from '../cloud-init/verdict.ts';
import { pick, pickList, pickText } from '../target/pick.ts';

/** What was looked up, or why it could not be. */
export type Looked<T> = { state: 'known'; value: T } | { state: 'unseen'; says: string } | { state: 'loading' };

/** Lists that a chain may need besides the machine's own objects. */
export type ListName =
  | 'events' | 'nodes' | 'instances' | 'storageClasses' | 'networks' | 'snapshots' | 'restores' | 'pods' | 'services'; // prettier-ignore

/** What lies around a machine, as far as it was needed. */
export interface Near {
  lists: Partial<Record<ListName, Looked<readonly KubeObject[]>>>;
  /** By `Secret namespace/name` or `ConfigMap namespace/name`: names of its keys; undefined where there is none. */
  named: Readonly<Record<string, Looked<{ keys: string[] } | undefined>>>;
  /** What the guest said of its first set-up. */
  boot?: Verdict | undefined;
  /** This computer, where the machines run on it with nothing of Kubernetes in between. */
  host?: (Pick<HostReport, 'checks' | 'accelerator'> & { installQemu: string[] }) | undefined;
}
export const nothingNear: Near = { lists: {}, named: {} };

/** All that a cause may look at. */
export interface WhySources {
  vm: KubeObject;
  vmi?: KubeObject | undefined;
  /** DataVolumes of its disks. */
  dataVolumes: readonly KubeObject[];
  /** DataVolumes that those are copied from. */
  origins?: readonly KubeObject[] | undefined;
  /** Claims of its disks. */
  claims?: readonly KubeObject[] | undefined;
  /** Services that lead to it. */
  services?: readonly KubeObject[] | undefined;
  near?: Near | undefined;
}

export type Condition = Record<string, unknown>;
export const conditionOf = (object: KubeObject | undefined, type: string): Condition | undefined =>
  pickList(object, 'status', 'conditions').find((each) => each['type'] === type);
/** A condition's text, or its reason where it has none. */
export const said = (found: Condition | undefined): string | undefined =>
  pickText(found, 'message') ?? pickText(found, 'reason');
const isFalse = (found: Condition | undefined): boolean => found?.['status'] === 'False';

export const nameOf = (object: KubeObject): string => object.metadata.name ?? '';
export const title = (object: KubeObject): string => `${object.kind} ${nameOf(object)}`;
export const statusOf = (vm: KubeObject): string => pickText(vm, 'status', 'printableStatus') ?? 'Unknown';
export const phaseOf = (vmi: KubeObject | undefined): string => pickText(vmi, 'status', 'phase') ?? '';
export const strategyOf = (vm: KubeObject): string =>
  pickText(vm, 'spec', 'runStrategy') ?? (pick(vm, 'spec', 'running') === true ? 'Always' : 'Halted');
export const isOver = (vmi: KubeObject | undefined): boolean => ['Succeeded', 'Failed'].includes(phaseOf(vmi));
/** There is an instance that has yet to run. */
export const isComing = (vmi: KubeObject | undefined): boolean =>
  vmi !== undefined && !['Running', 'Succeeded', 'Failed'].includes(phaseOf(vmi));

/** The list, empty while it is not known. */
export const listOf = ({ near }: WhySources, name: ListName): readonly KubeObject[] => {
  const looked = near?.lists[name];
  return looked?.state === 'known' ? looked.value : [];
};
export const knows = ({ near }: WhySources, name: ListName): boolean => near?.lists[name]?.state === 'known';

/** Why the scheduler (or who stands for it) does not place the machine. */
export function unscheduled({ vmi, near }: WhySources): string | undefined {
  if (!isComing(vmi)) return undefined;
  const found = conditionOf(vmi, 'PodScheduled');
  if (isFalse(found)) return said(found);
  const pods = near?.lists.pods;
  if (pods?.state !== 'known') return undefined;
  const pod = pods.value.find((each) => isPodOf(each, vmi));
  const waiting = conditionOf(pod, 'PodScheduled');
  return isFalse(waiting) ? said(waiting) : undefined;
}

export const isPodOf = (pod: KubeObject, vmi: KubeObject | undefined): boolean =>
  vmi !== undefined &&
  (pod.metadata.labels?.['kubevirt.io/created-by'] === vmi.metadata.uid ||
    pod.metadata.ownerReferences?.some(({ uid }) => uid === vmi.metadata.uid) === true);

/** What its last try to start ended with: of the instance, of the machine, or of what made it. */
export function failures({ vm, vmi }: WhySources): string[] {
  const found = [
    isFalse(conditionOf(vmi, 'Synchronized')) ? said(conditionOf(vmi, 'Synchronized')) : undefined,
    conditionOf(vm, 'Failure')?.['status'] === 'True' ? said(conditionOf(vm, 'Failure')) : undefined,
  ];
  return [...new Set(found.filter((each) => each !== undefined))];
}

/** Whether the machine is as it was asked to be. What is on its way is not, yet. */
export function asAsked({ vm, vmi }: Pick<WhySources, 'vm' | 'vmi'>): boolean {
  if (vm.metadata.deletionTimestamp) return false;
  const status = statusOf(vm);
  if (status === 'Running') return true;
  if (status === 'Paused') return pickText(conditionOf(vmi, 'Paused'), 'reason') === 'PausedByUser';
  if (status !== 'Stopped') return false;
  if (strategyOf(vm) === 'Always' || phaseOf(vmi) === 'Failed') return false;
  return !pickList(vm, 'status', 'stateChangeRequests').some((each) => each['action'] === 'Start');
}

/** Volumes of its template, and of the instance where there is one. */
export const volumesOf = ({ vm }: WhySources): Record<string, unknown>[] =>
  pickList(vm, 'spec', 'template', 'spec', 'volumes');

/** Latest time of an Event, ISO 8601. */
export const eventTime = (event: KubeObject): string =>
  pickText(event, 'lastTimestamp') ??
  pickText(event, 'series', 'lastObservedTime') ??
  pickText(event, 'eventTime') ??
  event.metadata.creationTimestamp ??
  '';

/** Events about the machine, its instance, its launcher or its disks; latest first. */
export function eventsOf(sources: WhySources): KubeObject[] {
  const { vm, vmi, dataVolumes } = sources;
  const names = new Set([vm, vmi, ...dataVolumes].flatMap((object) => (object ? nameOf(object) : [])));
  return listOf(sources, 'events')
    .filter((event) => {
      const name = pickText(event, 'involvedObject', 'name') ?? '';
      return names.has(name) || name.startsWith(`virt-launcher-${nameOf(vm)}-`);
    })
    .sort((a, b) => eventTime(b).localeCompare(eventTime(a)));
}

export const gibibytes = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1).replace(/\.0$/, '')} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
