import type { KubeObject } from '../../../contract/kube.ts';
import { memorySizeAnnotation, startFromAnnotation } from '../../snapshots/names.ts';
import { pick, pickList, pickText, pickTexts } from '../../target/pick.ts';
import type { MachineRecord } from './record.ts';

/** A machine as it is at a checkpoint; `snapshot` is ready. Pure. */
export function machineRecord(vm: KubeObject, vmi: KubeObject | undefined, snapshot: KubeObject): MachineRecord {
  const indications = pickTexts(snapshot, 'status', 'indications');
  const memory = Number(snapshot.metadata.annotations?.[memorySizeAnnotation]);
  const paused = pickList(vmi, 'status', 'conditions').some((each) => each['type'] === 'Paused' && each['status'] === 'True'); // prettier-ignore
  const strategy = pickText(vm, 'spec', 'runStrategy');
  const running = pick(vm, 'spec', 'running');
  const firmware = pickText(vmi, 'spec', 'domain', 'firmware', 'uuid');
  return {
    name: vm.metadata.name ?? '',
    uid: vm.metadata.uid ?? '',
    snapshot: snapshot.metadata.name ?? '',
    // Said by the snapshot itself: the list may be of a moment before.
    state: !indications.includes('Online') ? 'off' : paused ? 'paused' : 'running',
    ...(memory > 0 && { memory }),
    strategy: { ...(strategy !== undefined && { runStrategy: strategy }), ...(typeof running === 'boolean' && { running }) }, // prettier-ignore
    labels: { ...vm.metadata.labels },
    annotations: chosen(vm.metadata.annotations),
    macs: macsOf(vmi),
    ...(firmware !== undefined && { firmware }),
  };
}

/** What the target (and not somebody) writes at a machine: its version of the API, its last restore, a start from memory. */
const ofTarget = (key: string): boolean => key === startFromAnnotation || /(^|\.)kubevirt\.io$/.test(key.split('/')[0] ?? ''); // prettier-ignore
const chosen = (annotations: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !ofTarget(key)));

/** MAC addresses of an instance, by the name of the interface. The status has those that the target chose. */
function macsOf(vmi: KubeObject | undefined): Record<string, string> {
  const all = [...pickList(vmi, 'spec', 'domain', 'devices', 'interfaces').map((nic) => [nic['name'], nic['macAddress']]), ...pickList(vmi, 'status', 'interfaces').map((nic) => [nic['name'], nic['mac']])]; // prettier-ignore
  return Object.fromEntries(all.filter(([name, mac]) => typeof name === 'string' && name !== '' && typeof mac === 'string' && mac !== '')); // prettier-ignore
}

/**
 * Makes a restored machine (disks and template are those of the snapshot) what it was beside that: labels, notes, faults.
 * One that came back under a new uid gets the identity that its guest knows. Answers whether anything had to be changed.
 */
export function setBack(vm: KubeObject, record: MachineRecord): boolean {
  const before = JSON.stringify([vm.metadata.labels, vm.metadata.annotations, pick(vm, 'spec', 'template', 'spec')]);
  const kept = Object.entries(vm.metadata.annotations ?? {}).filter(([key]) => ofTarget(key));
  const { uid = record.uid } = vm.metadata;
  // Notes may name the machine that they are about (its faults do): that is this one now.
  const notes = Object.entries(record.annotations).map(([key, text]) => [key, text.replaceAll(record.uid, uid)]);
  vm.metadata.labels = { ...record.labels };
  vm.metadata.annotations = { ...Object.fromEntries(notes), ...Object.fromEntries(kept) };
  if (uid !== record.uid) {
    const domain = pick(vm, 'spec', 'template', 'spec', 'domain') as Record<string, unknown> | undefined;
    if (domain && record.firmware !== undefined) {
      const firmware = (domain['firmware'] ?? {}) as Record<string, unknown>;
      domain['firmware'] = { ...firmware, uuid: firmware['uuid'] ?? record.firmware };
    }
    for (const nic of pickList(domain, 'devices', 'interfaces')) {
      const mac = record.macs[String(nic['name'])];
      if (mac !== undefined) nic['macAddress'] ??= mac;
    }
  }
  return before !== JSON.stringify([vm.metadata.labels, vm.metadata.annotations, pick(vm, 'spec', 'template', 'spec')]);
}

/** How a machine is brought to the state it had, once it is off and restored. */
export interface PowerPlan {
  /** Merge patch of the spec: its run strategy, where another one is there now. */
  strategy?: Record<string, unknown>;
  /** The start has to be asked for: the strategy does not bring it. */
  start: boolean;
}
/** Pure. */
export function powerPlan(vm: KubeObject, { strategy, state }: MachineRecord): PowerPlan {
  const now = { runStrategy: pick(vm, 'spec', 'runStrategy'), running: pick(vm, 'spec', 'running') };
  const differs = now.runStrategy !== strategy.runStrategy || now.running !== strategy.running;
  // Ran once and was over: it would run again.
  const over = state === 'off' && strategy.runStrategy === 'Once';
  const wanted = { runStrategy: strategy.runStrategy ?? null, running: strategy.running ?? null };
  return {
    ...(differs && !over && { strategy: wanted }),
    start: state !== 'off' && ['Manual', 'RerunOnFailure'].includes(strategy.runStrategy ?? ''),
  };
}
