import type { Hardware } from '../../contract/hardware.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { machineGone } from '../machines/watch-detail.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { hardwareOf } from './view.ts';

const paceMs = 100;

/** The hardware of one machine, anew whenever any of it changes; ends with `machine-not-found` when the machine goes. */
export async function* watchHardware(
  target: OpenTarget,
  ref: ObjectRef,
  signal: AbortSignal,
): AsyncGenerator<Hardware> {
  let dirty = true;
  let wake: (() => void) | undefined;
  const touch = (): void => {
    dirty = true;
    wake?.();
  };
  const key = `${ref.namespace}/${ref.name}`;
  const own = { changed: (changed: string) => changed === key && touch(), state: touch };
  const near = { changed: (changed: string) => changed.startsWith(`${ref.namespace}/`) && touch() };
  const vms = target.cache.use(kinds.virtualMachines, undefined, own);
  const vmis = target.cache.use(kinds.virtualMachineInstances, undefined, own);
  const claims = target.cache.use(kinds.persistentVolumeClaims, ref.namespace, near);
  const dataVolumes = target.cache.use(kinds.dataVolumes, undefined, near);
  const types = target.cache.use(kinds.instancetypes, undefined, { changed: touch });
  signal.addEventListener('abort', touch);
  const here = (list: Iterable<KubeObject>): KubeObject[] =>
    [...list].filter(({ metadata }) => metadata.namespace === ref.namespace);
  try {
    await vms.whenSynced(signal);
    let last = '';
    let seen = false;
    while (!signal.aborted) {
      if (!dirty) {
        await new Promise<void>((resolve) => (wake = resolve));
        await pause(paceMs, signal);
        continue;
      }
      dirty = false;
      const known = vms.get(ref.namespace, ref.name);
      seen ||= known !== undefined;
      const vm = known ?? (seen ? undefined : await fetched(target, ref, signal));
      if (!vm) throw machineGone(ref);
      const hardware = hardwareOf({
        vm,
        vmi: vmis.get(ref.namespace, ref.name),
        claims: here(claims.values()),
        dataVolumes: here(dataVolumes.values()),
        instancetype: types.get(undefined, pickText(vm, 'spec', 'instancetype', 'name') ?? ''),
      });
      const text = JSON.stringify(hardware);
      if (text === last) continue;
      last = text;
      yield hardware;
    }
  } finally {
    signal.removeEventListener('abort', touch);
    for (const each of [vms, vmis, claims, dataVolumes, types]) each.release();
  }
}

/** Just made: the watch may tell of it in a moment. Only the target itself knows that there is none. */
async function fetched(target: OpenTarget, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await target.client.get(kinds.virtualMachines, ref.namespace, ref.name, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
