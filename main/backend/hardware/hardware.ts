import type { ContractHandlers } from '../../contract/contract.ts';
import type { PlannedChange, Resize, When } from '../../contract/hardware.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Capability } from '../../contract/target.ts';
import { changeMachine } from '../networks/change-machine.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { cannot } from '../target/cannot.ts';
import { drivesStandEmpty } from '../target/capabilities/storage.ts';
import { kinds } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import type { Scope } from '../target/scope.ts';
import type { OpenTarget } from '../target/target.ts';
import { attach, choices, detach, eject, grow, insert, isRunning } from './disks.ts';
import { changeDrivers, keepDrivers, prepareDrivers, undoDrivers } from './drivers.ts';
import { settleEjected } from './installer/back.ts';
import { planResize } from './plan.ts';
import type { LiveAbilities } from './plan.ts';
import { addDrive, changeDisk, orderDisks, setSize } from './template.ts';
import { sizeOf } from './view.ts';
import { watchHardware } from './watch.ts';

/** Size and disks of the current target's machines. */
export function createHardware(scope: Scope): ContractHandlers['hardware'] {
  const capability = (id: Capability['id']): Capability | undefined =>
    scope.target().state.value.capabilities.find((each) => each.id === id);
  const need = (id: Capability['id']): void => {
    const found = capability(id);
    if (!found || found.supported) return;
    throw cannot(found);
  };
  const ability = (id: Capability['id']): { can: boolean; why?: string } => {
    const found = capability(id);
    const why = [found?.reason, found?.remedy].filter(Boolean).join(' ');
    return { can: found?.supported === true, ...(why && { why }) };
  };
  const edit = async (ref: ObjectRef, change: (vm: KubeObject) => void): Promise<{ when: When }> => {
    const target = scope.target();
    await changeMachine(target, ref, change);
    return { when: (await isRunning(target, ref)) ? 'restart' : 'now' };
  };

  const plan = async ({ namespace, name, ...wish }: Resize): Promise<PlannedChange[]> => {
    const target = scope.target();
    const vm = await target.client.get(kinds.virtualMachines, namespace, name);
    const [vmi, type, wished] = await Promise.all([
      orNone(target.client.get(kinds.virtualMachineInstances, namespace, name)),
      typeOf(target, pickText(vm, 'spec', 'instancetype', 'name')),
      typeOf(target, wish.instancetype),
    ]);
    const live = vmi && !['Succeeded', 'Failed', ''].includes(pickText(vmi, 'status', 'phase') ?? '') ? vmi : undefined;
    const can: LiveAbilities = { cpu: ability('liveCpu'), memory: ability('liveMemory') };
    return planResize(sizeOf(vm, live, type), wish, can, wished && sizeOf(vm, live, wished));
  };

  return {
    watch: (input, { signal }) => scope.follow(signal, (target, over) => watchHardware(target, input, over)),
    choices: (input) => choices(scope.target(), input),
    planResize: plan,
    async resize(input) {
      const planned = await plan(input);
      const refused = planned.find(({ when }) => when === 'refused');
      if (refused)
        throw new ProblemError({
          code: 'resize-refused',
          title: 'This size cannot be set',
          detail: refused.why ?? 'The machine does not take it.',
          fields: { [refused.what]: refused.why ?? 'Not possible.' },
        });
      const { namespace, name, ...wish } = input;
      if (planned.length > 0) await changeMachine(scope.target(), { namespace, name }, (vm) => setSize(vm, wish));
      return planned;
    },
    async attach(input) {
      if (input.source.type === 'blank') need('newDisks');
      if (await isRunning(scope.target(), input)) need('hotplugDisks');
      await attach(scope.target(), input);
    },
    detach: async (input) => ({ when: await detach(scope.target(), input, input.disk, input.deleteDisk) }),
    changeDisk: (input) => edit(input, (vm) => changeDisk(vm, input.disk, input)),
    changeDrivers: (input) => edit(input, driverSteps[input.step]),
    order: (input) => edit(input, (vm) => orderDisks(vm, input.disks)),
    addDrive: (input) => edit(input, (vm) => addDrive(vm, input.disk)).catch(noEmptyDrives),
    insert: async (input) => ({ when: await insert(scope.target(), input, input.disk, input.image) }),
    eject: async (input) => ({ when: await eject(scope.target(), input, input.disk) }),
    settleEjected: async (input) => ({ when: await settleEjected(scope.target(), input, input.back) }),
    async grow(input) {
      need('growDisks');
      await grow(scope.target(), input, input.claim, input.size);
    },
  };
}

const driverSteps = { prepare: prepareDrivers, change: changeDrivers, undo: undoDrivers, keep: keepDrivers };

/** A target whose gates this user may not read has the last word; what it says is that a volume is missing. */
const noEmptyDrives = (error: unknown): never => {
  if (error instanceof KubeError && error.code === 422 && /\.Name '[^']*' not found/.test(error.problem.detail))
    throw cannot(drivesStandEmpty);
  throw error;
};

async function orNone(work: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function typeOf({ client }: OpenTarget, name: string | undefined): Promise<KubeObject | undefined> {
  if (name === undefined) return undefined;
  return orNone(client.get(kinds.instancetypes, undefined, name));
}
