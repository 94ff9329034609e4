import { faultKinds } from '../../contract/faults.ts';
import type { FaultKind, FaultOffer, FaultState } from '../../contract/faults.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { whyNot } from '../../contract/offers.ts';
import type { Capability } from '../../contract/target.ts';
import { machineState } from '../machines/actions.ts';
import { written } from '../networks/nics.ts';
import { noCure } from './in-guest.ts';
import { measuredWords, networkKinds } from './measured.ts';
import type { Measured, NetworkKind } from './measured.ts';
import { recordsOf } from './records.ts';
import type { FaultRecord, FaultRecords } from './records.ts';
import { faultWords } from './words.ts';

const isNetwork = (kind: FaultKind): kind is NetworkKind => networkKinds.some((each) => each === kind);
const alive = (vm: KubeObject, vmi: KubeObject | undefined): boolean => machineState(vm, vmi).alive;

/** Interfaces whose cable a fault pulled and that are still without. Pure. */
export function unplugged(vm: KubeObject, { nics = [] }: FaultRecord): string[] {
  const now = written(structuredClone(vm)).nics;
  return nics.filter((name) => now.some((nic) => nic.name === name && nic.state === 'down'));
}

/**
 * Those on record that are not over by themselves: somebody plugged the cable in again, a machine that was without power or
 * whose process was killed has been started anew. Pure.
 */
export function presentFaults(vm: KubeObject, vmi: KubeObject | undefined): FaultRecords {
  const records = recordsOf(vm);
  const same = (record: FaultRecord): boolean => vmi?.metadata.uid === record.on;
  const on = alive(vm, vmi);
  const over: Partial<Record<FaultKind, (record: FaultRecord) => boolean>> = {
    link: (record) => unplugged(vm, record).length === 0,
    process: (record) => !on || !same(record),
    crash: (record) => (record.wish.crash?.how === 'panic' ? !on || !same(record) : on && !same(record)),
  };
  return Object.fromEntries(Object.entries(records).filter(([kind, record]) => !over[kind as FaultKind]?.(record)));
}

/** What a fault waits for before it holds; undefined: it does. Pure. */
function waitsFor(kind: FaultKind, record: FaultRecord, vm: KubeObject, vmi: KubeObject | undefined): string | undefined {
  if (isNetwork(kind)) return alive(vm, vmi) ? undefined : 'It waits until the machine is on.';
  if (kind !== 'disk' && kind !== 'clock') return undefined;
  // A disk stays full over a restart, a clock does not stay wrong.
  if (record.on !== undefined && (kind === 'disk' || !alive(vm, vmi) || record.on === vmi?.metadata.uid)) return undefined;
  return alive(vm, vmi) ? 'It waits until the guest lets Hearth in.' : 'It waits until the machine is on.';
} // prettier-ignore

/** The faults of a machine, for people. Pure. */
export function faultStates(
  vm: KubeObject,
  vmi: KubeObject | undefined,
  measured: Partial<Record<NetworkKind, Measured>>,
): FaultState[] {
  const { namespace = 'default', name = '' } = vm.metadata;
  return Object.entries(presentFaults(vm, vmi)).map(([key, record]): FaultState => {
    const kind = key as FaultKind;
    const waits = waitsFor(kind, record, vm, vmi);
    const counted = isNetwork(kind) && !waits ? measured[kind] : undefined;
    const words = counted && isNetwork(kind) ? measuredWords(kind, counted) : record.told;
    const ended = record.wish.process && record.wish.process.signal !== 'STOP';
    return {
      namespace,
      name,
      kind,
      wish: record.wish,
      words: faultWords(record.wish),
      ...(record.since !== undefined && { since: record.since }),
      ...(words !== undefined && !waits && { measured: words }),
      ...(waits !== undefined && { waits }),
      ...(record.hidden && { hidden: true as const }),
      ...(ended && { noCure: noCure(record.wish.process?.name ?? '') }),
    };
  });
}

/** What can be done to a machine now. `guestWhy`: why there is no way into its guest. Pure. */
export function faultOffers(of: {
  vm: KubeObject;
  vmi: KubeObject | undefined;
  capabilities: readonly Capability[];
  guestWhy: string | undefined;
}): FaultOffer[] {
  const { vm, vmi, capabilities, guestWhy } = of;
  const on = alive(vm, vmi);
  const nics = written(structuredClone(vm)).nics.length;
  const state = machineState(vm, vmi);
  const noWay = guestWhy ?? (state.paused ? 'The machine is paused.' : undefined);
  const lack = (kind: FaultKind): string | undefined => {
    const why = capabilities.length > 0 ? whyNot(capabilities, `faults.begin:${kind}`) : undefined;
    if (why) return `${why.reason} ${why.remedy}`;
    if (state.deleting) return 'The machine is being deleted.';
    if (isNetwork(kind) || kind === 'link') return nics === 0 ? 'The machine has no network interface.' : undefined;
    if (kind === 'crash') return on ? undefined : 'The machine is off.';
    if (kind === 'process' && !on) return 'The machine is off: nothing runs in it.';
    return noWay;
  };
  const tunnel = capabilities.length > 0 ? whyNot(capabilities, 'ssh.shell') : undefined;
  const whyNoPanic = (tunnel && `${tunnel.reason} ${tunnel.remedy}`) ?? noWay;
  return faultKinds.map((kind) => {
    const why = lack(kind);
    return {
      kind,
      allowed: why === undefined,
      ...(why !== undefined && { why }),
      ...(kind === 'crash' && why === undefined && whyNoPanic !== undefined && { whyNoPanic }),
    };
  });
}
