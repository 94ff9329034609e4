import type { KubeObject } from '../../../contract/kube.ts';
import type { ObjectRef } from '../../../contract/machine-ref.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { binLabel } from '../../bin/kept.ts';
import { kinds } from '../../target/kinds.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { MoveRecord } from '../records.ts';
import { isOn } from './adapt.ts';

export type Held = NonNullable<MoveRecord['held']>;

export const orNothing = <T>(work: Promise<T>): Promise<T | undefined> =>
  work.catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
const refOf = ({ namespace, name }: ObjectRef): ObjectRef => ({ namespace, name });
const instanceOf = ({ client }: OpenTarget, { namespace, name }: ObjectRef): Promise<KubeObject | undefined> =>
  orNothing(client.get(kinds.virtualMachineInstances, namespace, name));

/**
 * The machine as it is before it leaves. It is switched to `Halted`: then whoever starts or changes it meanwhile changes its
 * spec, which its generation tells at the end, also to a Hearth that was not there. Throws `machine-runs`.
 */
export async function hold(
  source: OpenTarget,
  input: ObjectRef,
  /** Notes it before and after the machine is changed. */
  keep: (held: Held) => Promise<void>,
  /** What an earlier try noted. */
  before?: Held,
): Promise<void> {
  const { client } = source;
  const vm = await client.get(kinds.virtualMachines, input.namespace, input.name);
  if (isOn(vm, await instanceOf(source, input)))
    throw new ProblemError({
      code: 'machine-runs',
      title: 'The machine has to be off',
      detail: `${input.name} runs: what it writes after its disks were read would be lost.`,
      fix: 'Shut it down and move it then, or copy it.',
      kind: 'denied',
    });
  const uid = vm.metadata.uid ?? '';
  const strategy = (before?.uid === uid ? before.strategy : undefined) ?? pickText(vm, 'spec', 'runStrategy');
  const held: Held = { uid, ...(strategy !== undefined && { strategy }) };
  const halts = strategy !== undefined && pickText(vm, 'spec', 'runStrategy') !== 'Halted';
  if (halts) await keep(held);
  const now = halts
    ? await client.patch(kinds.virtualMachines, refOf(input), { metadata: { uid }, spec: { runStrategy: 'Halted' } })
    : vm;
  const { generation } = now.metadata;
  await keep({ ...held, ...(generation !== undefined && { generation }) });
}

/** Nobody started or changed it since it was held. Pure. */
export const unchanged = (vm: KubeObject, instance: KubeObject | undefined, held: Held): boolean =>
  vm.metadata.uid === held.uid && vm.metadata.generation === held.generation && !instance;

/** Whether the machine that was held is as it was; `gone`: it is not there any more, or on its way into the bin. */
export async function lookAtHeld(
  source: OpenTarget,
  input: ObjectRef,
  held: Held,
): Promise<'same' | 'changed' | 'gone'> {
  const vm = await orNothing(source.client.get(kinds.virtualMachines, input.namespace, input.name));
  if (!vm || vm.metadata.uid !== held.uid) return 'gone';
  if (vm.metadata.annotations?.[binLabel] === held.uid) return 'gone';
  return unchanged(vm, await instanceOf(source, input), held) ? 'same' : 'changed';
}

/** It is to run again as it was. One that somebody changed meanwhile is left as they want it. */
export async function release(source: OpenTarget, input: ObjectRef, held: Held): Promise<void> {
  const { strategy, uid } = held;
  if (strategy === undefined || strategy === 'Halted') return;
  const vm = await orNothing(source.client.get(kinds.virtualMachines, input.namespace, input.name));
  // Cut off before its generation was noted, all that is known is that nobody else halts it.
  const ours = held.generation === undefined ? pickText(vm, 'spec', 'runStrategy') === 'Halted' && vm?.metadata.uid === uid : (await lookAtHeld(source, input, held)) === 'same'; // prettier-ignore
  if (!ours) return;
  await source.client.patch(kinds.virtualMachines, refOf(input), { metadata: { uid }, spec: { runStrategy: strategy } }); // prettier-ignore
}
