import { faultKinds } from '../../contract/faults.ts';
import type { FaultKind, FaultWish } from '../../contract/faults.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { act } from '../machines/act.ts';
import { machineState } from '../machines/actions.ts';
import { changeMachine } from '../networks/change-machine.ts';
import { setLink, written } from '../networks/nics.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { until } from '../snapshots/wait.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { claimFault } from './claims.ts';
import type { GuestKeys } from './guest.ts';
import { breakGuest, cureGuest, panicGuest } from './in-guest.ts';
import type { Guest, GuestKind } from './in-guest.ts';
import { networkKinds } from './measured.ts';
import { keepRecords } from './records.ts';
import type { FaultRecord, FaultRecords } from './records.ts';
import { presentFaults, unplugged } from './states.ts';

/** What faults are made and cured with. */
export interface FaultTools {
  target: OpenTarget;
  /** Keys that may open a machine's guest. */
  keys: GuestKeys;
}

/** Milliseconds until a machine that was without power runs. */
const startLimit = 120_000;

/** Machine and instance as they are now. Throws KubeError. */
async function machineOf(
  { client }: OpenTarget,
  { namespace, name }: ObjectRef,
): Promise<{ vm: KubeObject; vmi: KubeObject | undefined }> {
  // prettier-ignore
  const vmi = client.get(kinds.virtualMachineInstances, namespace, name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const vm = await client.get(kinds.virtualMachines, namespace, name);
  return { vm, vmi: await vmi };
}
/** Writes a record at the machine, or takes it away; what is over by itself goes with it. */
const record = (
  target: OpenTarget,
  ref: ObjectRef,
  vmi: KubeObject | undefined,
  edit: (records: FaultRecords, vm: KubeObject) => FaultRecords | void,
): Promise<KubeObject> =>
  // prettier-ignore
  changeMachine(target, ref, (vm) => {
    const records = presentFaults(vm, vmi);
    const before = JSON.stringify(vm);
    keepRecords(vm, edit(records, vm) ?? records);
    return JSON.stringify(vm) !== before;
  });

/** The one kind that a wish is about. */
export function kindOf(wish: FaultWish): FaultKind {
  const [kind, ...more] = faultKinds.filter((each) => wish[each] !== undefined);
  if (kind && more.length === 0) return kind;
  throw new ProblemError({ code: 'not-one-fault', title: 'One fault at a time', detail: `Exactly one of: ${faultKinds.join(', ')}.` }); // prettier-ignore
}
export const isGuestKind = (kind: FaultKind): kind is GuestKind => ['disk', 'clock', 'process'].includes(kind);
const isNetwork = (kind: FaultKind): boolean => kind === 'link' || networkKinds.some((each) => each === kind);

/** The interfaces that a fault is about. Throws a Problem for one that is not there. */
function interfacesOf(vm: KubeObject, name: string | undefined): string[] {
  const nics = written(structuredClone(vm)).nics.map((nic) => nic.name);
  if (name !== undefined && !nics.includes(name))
    throw new ProblemError({ code: 'interface-not-found', title: 'This interface is not there', detail: `${vm.metadata.name} has no interface ${name}. It has: ${nics.join(', ') || 'none'}.` }); // prettier-ignore
  if (nics.length === 0)
    throw new ProblemError({ code: 'interface-not-found', title: 'The machine has no network interface', detail: `${vm.metadata.name} is on no network.` }); // prettier-ignore
  return name === undefined ? nics : [name];
}

const isOff = (name: string): ProblemError =>
  new ProblemError({ code: 'machine-off', title: 'The machine is off', detail: `Nothing runs in ${name}.`, fix: 'Start it first.' }); // prettier-ignore
const isBusy = (name: string): ProblemError =>
  new ProblemError({ code: 'fault-busy', title: 'That is just being done', detail: `The same is under way on ${name}.`, fix: 'Wait until it has ended.' }); // prettier-ignore

/**
 * Breaks something; resolves when it holds, or waits for the machine to be on (`disk`, `clock`, faults of the network). The
 * same kind again takes the first one's place. `hidden`: pages do not tell what it is by themselves. Throws a Problem where it cannot.
 */
export async function beginFault(
  tools: FaultTools,
  ref: ObjectRef,
  wish: FaultWish,
  signal: AbortSignal,
  hidden = false,
): Promise<void> {
  // prettier-ignore
  const { target } = tools;
  const kind = kindOf(wish);
  const claim = await claimFault(target, ref, kind);
  if (!claim) throw isBusy(ref.name);
  try {
    const { vm, vmi } = await machineOf(target, ref);
    const on = machineState(vm, vmi).alive;
    const begun: FaultRecord = { wish, since: new Date().toISOString(), ...(hidden && { hidden }) };
    if (isNetwork(kind)) await breakNetwork(target, ref, kind, begun, vmi);
    else if (kind === 'crash') {
      if (!vmi || !on) throw isOff(ref.name);
      await crash({ ...tools, ref, vm }, begun, vmi, signal);
    } else if (isGuestKind(kind)) {
      if (!vmi || !on) {
        if (kind === 'process') throw isOff(ref.name);
        await record(target, ref, vmi, (records) => ({ ...records, [kind]: begun }));
        return;
      }
      const guest = { ...tools, ref, vm };
      // A process that still stands still for an earlier wish would never go on.
      const before = presentFaults(vm, vmi)[kind];
      if (kind === 'process' && before?.wish.process?.signal === 'STOP') await cureGuest(guest, kind, before, signal);
      const done = await breakGuest(guest, kind, wish, signal);
      await record(target, ref, vmi, (records) => ({ ...records, [kind]: { ...begun, on: vmi.metadata.uid ?? '', ...done } })); // prettier-ignore
    }
  } finally {
    claim.letGo();
  }
}

const breakNetwork = (
  target: OpenTarget,
  ref: ObjectRef,
  kind: FaultKind,
  begun: FaultRecord,
  vmi: KubeObject | undefined,
): Promise<unknown> =>
  // prettier-ignore
  record(target, ref, vmi, (records, vm) => {
    const [fault] = Object.values(begun.wish) as { interface?: string }[];
    const wanted = kind === 'dns' ? [] : interfacesOf(vm, fault?.interface);
    if (kind !== 'link') return { ...records, [kind]: begun };
    const { nics } = written(vm);
    // Cables that an earlier wish pulled and this one does not mean go in again; those that a person pulled stay out.
    const mine = records.link ? unplugged(vm, records.link) : [];
    for (const name of mine) if (!wanted.includes(name)) setLink(vm, name, true);
    const pulled = wanted.filter((name) => mine.includes(name) || nics.find((nic) => nic.name === name)?.state !== 'down'); // prettier-ignore
    if (pulled.length === 0) throw new ProblemError({ code: 'cable-out-already', title: 'The cable is out already', detail: `Somebody pulled it on ${wanted.join(', ')} before.`, fix: 'Plug it in on the page Network first, if the fault shall take it out.' }); // prettier-ignore
    for (const name of pulled) setLink(vm, name, false);
    return { ...records, link: { ...begun, nics: pulled } };
  });

async function crash(guest: Guest, begun: FaultRecord, vmi: KubeObject, signal: AbortSignal): Promise<void> {
  const { target, ref } = guest;
  const write = (told: string) =>
    record(target, ref, vmi, (records) => ({ ...records, crash: { ...begun, on: vmi.metadata.uid ?? '', told } }));
  if (begun.wish.crash?.how === 'panic') await write(await panicGuest(guest, signal));
  else {
    // Written first: a machine that is gone could no longer be told from one that somebody shut down.
    await write('power cut without a word to the guest');
    try {
      await act(target, ref, 'forceStop', { deleteDisks: false });
    } catch (error) {
      await record(target, ref, vmi, ({ crash: _none, ...rest }) => rest);
      throw error;
    }
  }
}

/** Takes one kind back, or all. Resolves when nothing of it holds any more; throws the first Problem after having tried all. */
export async function cureFaults(
  tools: FaultTools,
  ref: ObjectRef,
  kind: FaultKind | undefined,
  signal: AbortSignal,
): Promise<void> {
  // prettier-ignore
  const { target } = tools;
  const { vm, vmi } = await machineOf(target, ref);
  const present = presentFaults(vm, vmi);
  const wanted = faultKinds.filter((each) => present[each] && (kind === undefined || kind === each));
  // The network first: the guest can be reached again then. Power last: what is cured in a guest needs none lost before.
  const order: readonly FaultKind[] = ['loss', 'delay', 'rate', 'dns', 'link', 'crash', 'disk', 'clock', 'process'];
  const problems: unknown[] = [];
  for (const each of order.filter((one) => wanted.includes(one))) {
    try {
      await cureOne(tools, ref, each, signal);
    } catch (error) {
      signal.throwIfAborted();
      problems.push(error);
    }
  }
  // Also what was over by itself.
  await record(target, ref, vmi, () => undefined);
  if (problems.length > 0) throw problems[0];
}

async function cureOne(tools: FaultTools, ref: ObjectRef, kind: FaultKind, signal: AbortSignal): Promise<void> {
  // prettier-ignore
  const { target } = tools;
  const claim = await claimFault(target, ref, kind);
  if (!claim) throw isBusy(ref.name);
  try {
    const { vm, vmi } = await machineOf(target, ref);
    // As it is now: what waited for its guest may hold since.
    const fault = presentFaults(vm, vmi)[kind];
    if (!fault) return;
    if (kind === 'crash') await revive(target, ref, fault, vmi, signal);
    else if (isGuestKind(kind) && fault.on !== undefined && !(kind === 'clock' && vmi?.metadata.uid !== fault.on)) {
      // Never done: nothing to take back. A machine that was started since has the right clock.
      if (!machineState(vm, vmi).alive) throw isOff(ref.name);
      await cureGuest({ ...tools, ref, vm }, kind, fault, signal);
    }
    await record(target, ref, vmi, ({ [kind]: cured, ...rest }, draft) => {
      if (kind === 'link' && cured) for (const name of unplugged(draft, cured)) setLink(draft, name, true);
      return rest;
    });
  } finally {
    claim.letGo();
  }
}

/** Starts what has no power; resets what panicked. */
async function revive(
  target: OpenTarget,
  ref: ObjectRef,
  fault: FaultRecord,
  vmi: KubeObject | undefined,
  signal: AbortSignal,
): Promise<void> {
  // prettier-ignore
  if (fault.wish.crash?.how !== 'panic') {
    try {
      await act(target, ref, 'start', { deleteDisks: false });
    } catch (error) {
      // On its way already: by its run strategy, or by somebody else.
      if (!(error instanceof KubeError) || error.code !== 409) throw error;
    }
    const runs = (found: KubeObject | undefined) => (pickText(found, 'status', 'phase') === 'Running' ? true : undefined); // prettier-ignore
    await until(target, kinds.virtualMachineInstances, ref, AbortSignal.any([signal, AbortSignal.timeout(startLimit)]), runs); // prettier-ignore
  } else if (vmi)
    try {
      await act(target, ref, 'reset', { deleteDisks: false });
    } catch (error) {
      // A KubeVirt before 1.5 cannot reset.
      if (!isNotFound(error)) throw error;
      await act(target, ref, 'forceRestart', { deleteDisks: false });
    }
}
