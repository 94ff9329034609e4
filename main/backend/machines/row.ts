import type { KubeObject } from '../../contract/kube.ts';
import type { MachineRow, MachineSample } from '../../contract/machine.ts';
import { keyCombinationsOf, organiseKeys, ownLabels, tidyFolder } from '../../contract/organise-rules.ts';
import { instanceMemory } from '../target/capacity.ts';
import { pick, pickList, pickNumber, pickText, pickTexts } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import { actionStates, machineState } from './actions.ts';
import type { Near } from '../why/sources.ts';
import { explain, shortWhy } from '../why/why.ts';
import type { WhyChain } from '../../contract/why.ts';

export interface RowSources {
  vm: KubeObject;
  vmi?: KubeObject | undefined;
  /** DataVolumes of its disks. */
  dataVolumes: readonly KubeObject[];
  instancetype?: KubeObject | undefined;
  sample?: MachineSample | undefined;
  /** What lies around it, as far as a list looks. */
  near?: Near | undefined;
  /** What the node runs machines with. */
  accelerator?: string | undefined;
}

const busy = new Set([
  'Starting',
  'Stopping',
  'Terminating',
  'Migrating',
  'Provisioning',
  'WaitingForVolumeBinding',
  'WaitingForReceiver',
]);

/** Pure. */
export function toneOf(status: string): MachineRow['tone'] {
  if (status === 'Running') return 'running';
  if (status === 'Paused') return 'paused';
  if (status === 'Stopped') return 'stopped';
  return busy.has(status) || status === 'Unknown' ? 'busy' : 'error';
}

/** vCPUs and bytes of a machine: of its instance while there is one, else of its template, else of its instance type. Pure. */
export function sizeOf({ vm, vmi, instancetype }: Pick<RowSources, 'vm' | 'vmi' | 'instancetype'>): {
  cpus: number;
  memory: number;
} {
  const domain = pick(vmi, 'spec', 'domain') ?? pick(vm, 'spec', 'template', 'spec', 'domain');
  const topology = pick(vmi, 'status', 'currentCPUTopology') ?? pick(domain, 'cpu');
  const count = (field: string): number => pickNumber(topology, field) ?? 1;
  const guest = quantity(pick(domain, 'memory', 'guest')) ?? quantity(pick(domain, 'resources', 'requests', 'memory'));
  const typed = quantity(pick(instancetype, 'spec', 'memory', 'guest'));
  return {
    cpus: topology
      ? count('sockets') * count('cores') * count('threads')
      : (pickNumber(instancetype, 'spec', 'cpu', 'guest') ??
        quantity(pick(domain, 'resources', 'requests', 'cpu')) ??
        1),
    memory: (vmi && instanceMemory(vmi)) || (guest ?? typed ?? 0),
  };
}

/** vCPUs of a running machine, for the share of them that it uses. Pure. */
export const cpusOf = (vmi: KubeObject | undefined): number => (vmi ? sizeOf({ vm: vmi, vmi }).cpus : 1);

const addressesOf = (vmi: KubeObject | undefined): string[] => [
  ...new Set(
    pickList(vmi, 'status', 'interfaces').flatMap((nic) => {
      const all = pickTexts(nic, 'ipAddresses');
      const first = pickText(nic, 'ipAddress');
      return all.length > 0 ? all : first ? [first] : [];
    }),
  ),
];

/** When the instance reached Running. */
const startedAt = (vmi: KubeObject | undefined): string | undefined =>
  pickText(
    pickList(vmi, 'status', 'phaseTransitionTimestamps').findLast((each) => each['phase'] === 'Running'),
    'phaseTransitionTimestamp',
  );

/** One slim row of the list. Pure. */
export function machineRow(sources: RowSources, chains: readonly WhyChain[] = explain(sources)): MachineRow {
  const { vm, vmi, sample } = sources;
  const status = pickText(vm, 'status', 'printableStatus') ?? 'Unknown';
  const tone = vm.metadata.deletionTimestamp ? 'busy' : toneOf(status);
  const why = shortWhy(chains);
  const started = vmi && startedAt(vmi);
  const os = pickText(vmi, 'status', 'guestOSInfo', 'prettyName') ?? pickText(vm, 'spec', 'preference', 'name');
  const instancetype = pickText(vm, 'spec', 'instancetype', 'name');
  const software = pickList(vmi, 'status', 'conditions').some(
    (each) => each['type'] === 'SoftwareEmulation' && each['status'] === 'True',
  );
  const own = pickText(vmi, 'metadata', 'annotations', 'hearth.dev/accelerator') ?? (software ? 'tcg' : undefined);
  const accelerator = vmi && (own ?? sources.accelerator);
  return {
    uid: vm.metadata.uid ?? '',
    namespace: vm.metadata.namespace ?? '',
    name: vm.metadata.name ?? '',
    status,
    tone,
    ...(why && { why }),
    ...sizeOf(sources),
    ...(sample && tone === 'running' && { cpuUse: round(sample.cpu), memoryUse: sample.memory }),
    addresses: addressesOf(vmi),
    ...(os && { os }),
    ...(instancetype && { instancetype }),
    createdAt: vm.metadata.creationTimestamp ?? '',
    ...(started && { startedAt: started }),
    ...(accelerator && { accelerator }),
    ...placeOf(vm),
    actions: oneOf(
      actionStates(machineState(vm, vmi))
        .filter((each) => each.allowed)
        .map((each) => each.action),
    ),
  };
}

/** Thousands of machines may do the same few things: one list for all of them. */
const lists = new Map<string, MachineRow['actions']>();
function oneOf(actions: MachineRow['actions']): MachineRow['actions'] {
  const id = actions.join();
  const known = lists.get(id);
  if (!known) lists.set(id, actions);
  return known ?? actions;
}

/** Where a person put it, and how they marked it. */
function placeOf({ metadata }: KubeObject): Pick<MachineRow, 'folder' | 'labels' | 'keyCombinations'> {
  const folder = tidyFolder(metadata.annotations?.[organiseKeys.folder] ?? '');
  const labels = ownLabels(metadata.labels);
  const keyCombinations = keyCombinationsOf(metadata.annotations?.[organiseKeys.keys]);
  return {
    ...(keyCombinations.length > 0 && { keyCombinations }),
    ...(folder && { folder }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
}

/** Whole per cents: a row that reads the same is not sent again. */
const round = (share: number): number => Math.round(share * 100) / 100;
