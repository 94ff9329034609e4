import type { KubeObject } from '../../../contract/kube.ts';
import { act } from '../../machines/act.ts';
import { changeMachine } from '../../networks/change-machine.ts';
import { until } from '../../snapshots/wait.ts';
import { KubeError } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import { pickList, pickText } from '../../target/pick.ts';
import { powerPlan, setBack } from './machines.ts';
import { patiently } from './patience.ts';
import type { Place } from './place.ts';
import type { MachineRecord } from './record.ts';
import { powerOff } from './stop.ts';

/** Labels, notes and identity of a restored machine that is off. */
export const dress = ({ target, namespace }: Place, machine: MachineRecord): Promise<unknown> =>
  changeMachine(target, { namespace, name: machine.name }, (vm) => setBack(vm, machine));

/** Until a guest runs (ms): booting is not waited for. */
const patience = 60_000;

/** Brings a restored machine to the state that it had. Resolves when its guest runs, or with why it does not, in words. */
export async function bringUp(place: Place, machine: MachineRecord, signal: AbortSignal): Promise<string | undefined> {
  const { target, namespace } = place;
  const ref = { namespace, name: machine.name };
  const plan = powerPlan(await target.client.get(kinds.virtualMachines, namespace, machine.name, signal), machine);
  if (plan.strategy) await target.client.patch(kinds.virtualMachines, ref, { spec: plan.strategy }, { signal });
  if (machine.state === 'off') {
    // A strategy that came back may have started it.
    if (plan.strategy) await powerOff(place, ref, signal);
    return undefined;
  }
  if (plan.start) await unlessSo(() => act(target, ref, 'start', { deleteDisks: false }));
  let said: string | undefined;
  // What does not start is told by the machine itself, too: the others are not kept from it.
  const runs = (cut: AbortSignal): Promise<string> =>
    until(target, kinds.virtualMachineInstances, ref, cut, (vmi) => {
      said = waitsFor(vmi) ?? said;
      const phase = pickText(vmi, 'status', 'phase');
      return phase !== undefined && ['Running', 'Failed', 'Succeeded'].includes(phase) ? phase : undefined;
    });
  try {
    const phase = await patiently(patience, signal, runs, () => new Late());
    if (phase !== 'Running') return `${machine.name} did not start${said ? `: ${said}` : '.'}`;
  } catch (error) {
    if (!(error instanceof Late)) throw error;
    return `${machine.name} has not started yet${said ? `: ${said}` : '.'}`;
  }
  if (machine.state === 'paused') await unlessSo(() => act(target, ref, 'pause', { deleteDisks: false }));
  return undefined;
}

class Late extends Error {
  override readonly name = 'Late';
}

/** What an instance that does not run says that it waits for. */
const waitsFor = (vmi: KubeObject | undefined): string | undefined =>
  pickList(vmi, 'status', 'conditions').flatMap((each) =>
    each['status'] === 'False' ? (pickText(each, 'message') ?? []) : [],
  )[0];

/** It is so already. */
async function unlessSo(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 409) throw error;
  }
}
