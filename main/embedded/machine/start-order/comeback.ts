import type { Stored } from '../../kube/object.ts';
import { keyOf } from '../../kube/object.ts';
import { phaseOf, vmiStatus, vmSpec, vmStatus } from '../spec.ts';
import { runStrategyOf } from '../vm/strategy.ts';

const orderAnnotation = 'hearth.dev/start-order';
const delayAnnotation = 'hearth.dev/start-delay';

/** A machine that is to be started anew after the computer lost its power. */
export interface Comeback {
  key: string;
  uid: string;
  order: number | undefined;
  /** Milliseconds after those before it are up. */
  delay: number;
  /** Its guest agent answered before: up means that it does so again. */
  agent: boolean;
}

/** Whether the run strategy brings a machine without a process back by itself. Pure. */
export function comesBack(vm: Stored, vmi: Stored | undefined): boolean {
  if (vm.metadata.deletionTimestamp) return false;
  const strategy = runStrategyOf(vmSpec(vm));
  if (strategy === 'Always') return true;
  if (strategy !== 'RerunOnFailure') return false;
  // Shut down by its guest, or never asked to run: it stays off.
  if (vmi) return phaseOf(vmi) !== 'Succeeded';
  return vmStatus(vm).stateChangeRequests?.[0]?.action === 'Start' || vmStatus(vm).runStrategy !== strategy;
}

/** Milliseconds of `5s`, `2m`, `1m30s`, `90`; 0 for what is no time. Pure. */
export function delayOf(text: string | undefined): number {
  const match = /^(?:(\d{1,4})m)?(?:(\d{1,5})s?)?$/.exec(text?.trim() ?? '');
  return match ? (Number(match[1] ?? 0) * 60 + Number(match[2] ?? 0)) * 1000 : 0;
}

/** The lowest order first, those with the same one together, those without any last. Pure. */
export function comebackGroups(machines: readonly { vm: Stored; vmi: Stored | undefined }[]): Comeback[][] {
  const groups = new Map<number, Comeback[]>();
  for (const { vm, vmi } of machines) {
    const { annotations } = vm.metadata;
    const text = annotations?.[orderAnnotation]?.trim() ?? '';
    const order = /^\d{1,4}$/.test(text) ? Number(text) : undefined;
    const conditions = (vmi && vmiStatus(vmi).conditions) ?? [];
    const agent = conditions.some(({ type, status }) => type === 'AgentConnected' && status === 'True');
    const rank = order ?? Infinity;
    const comeback = {
      key: keyOf(vm),
      uid: vm.metadata.uid,
      order,
      delay: delayOf(annotations?.[delayAnnotation]),
      agent,
    };
    groups.set(rank, [...(groups.get(rank) ?? []), comeback]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
