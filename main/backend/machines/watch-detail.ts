import type { KubeObject } from '../../contract/kube.ts';
import type { MachineDetail } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { machineDetail } from './detail.ts';
import { readGuest } from './guest.ts';
import { sourceName } from '../why/causes/imports.ts';
import { openNear } from '../why/near.ts';
import type { WhyHelp } from '../why/near.ts';
import { selects } from './forward.ts';
import { dataVolumeNames } from './list.ts';
import type { Samples } from './samples.ts';

const guestEveryMs = 15_000;
const paceMs = 100;

export const machineGone = ({ namespace, name }: ObjectRef): ProblemError =>
  new ProblemError({
    code: 'machine-not-found',
    title: 'This machine is not there',
    detail: `There is no machine ${name} in ${namespace} (any more).`,
  });

/** One machine with all that belongs to it, anew whenever any of it changes; ends with `machine-not-found` when it goes. */
export async function* watchDetail(
  target: OpenTarget,
  samples: Pick<Samples, 'use' | 'latest'>,
  ref: ObjectRef,
  help: WhyHelp,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<MachineDetail> {
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
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
  // An image that a disk is copied from lies in another namespace.
  const copied = new Set<string>();
  const dataVolumes = target.cache.use(kinds.dataVolumes, undefined, {
    changed: (changed) => (changed.startsWith(`${ref.namespace}/`) || copied.has(changed)) && touch(),
  });
  const claims = target.cache.use(kinds.persistentVolumeClaims, ref.namespace, near);
  const services = target.cache.use(kinds.services, ref.namespace, near);
  const types = target.cache.use(kinds.instancetypes);
  const around = openNear(target, ref, help, touch);
  const samplesOver = samples.use(touch);
  signal.addEventListener('abort', touch);
  let guest: MachineDetail['guest'];
  void followGuest();

  async function followGuest(): Promise<void> {
    try {
      while (!over.aborted) {
        const agent = pickList(vmis.get(ref.namespace, ref.name), 'status', 'conditions').some(
          (each) => each['type'] === 'AgentConnected' && each['status'] === 'True',
        );
        guest = agent ? await readGuest(target.client, ref, over) : undefined;
        touch();
        await pause(agent ? guestEveryMs : 3000, over);
      }
    } catch (error) {
      if (!over.aborted) log.warn({ err: error, machine: key }, 'the guest agent could not be asked');
    }
  }
  const named = (
    names: readonly string[],
    from: { get(ns: string, name: string): KubeObject | undefined },
  ): KubeObject[] => names.flatMap((name) => from.get(ref.namespace, name) ?? []);
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
      // Just made: the watch may tell of it in a moment. Only the target itself knows that there is none.
      const vm = known ?? (seen ? undefined : await getMachine(target, ref, signal));
      if (!vm) throw machineGone(ref);
      const names = dataVolumeNames(vm);
      const disks = named(names, dataVolumes);
      const origins = disks.flatMap((disk) => {
        const from = sourceName(disk);
        if (from) copied.add(`${from.namespace}/${from.name}`);
        return (from && dataVolumes.get(from.namespace, from.name)) ?? [];
      });
      const labels = (pick(vm, 'spec', 'template', 'metadata', 'labels') ?? {}) as Record<string, unknown>;
      const own = {
        vm,
        vmi: vmis.get(ref.namespace, ref.name),
        dataVolumes: disks,
        origins,
        claims: named(names, claims),
        services: [...services.values()].filter((service) => selects(service, labels)),
      };
      const detail = machineDetail({
        ...own,
        near: around.read(own),
        instancetype: types.get(undefined, pickText(vm, 'spec', 'instancetype', 'name') ?? ''),
        sample: samples.latest(key),
        accelerator: target.state.value.capacity?.accelerator,
        guest,
      });
      const text = JSON.stringify(detail);
      if (text === last) continue;
      last = text;
      yield detail;
    }
  } finally {
    stop.abort();
    signal.removeEventListener('abort', touch);
    samplesOver();
    around.close();
    for (const each of [vms, vmis, dataVolumes, claims, services, types]) each.release();
  }
}

async function getMachine(target: OpenTarget, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await target.client.get(kinds.virtualMachines, ref.namespace, ref.name, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
