import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineContext } from '../../kube/context.ts';
import { keyOf } from '../../kube/object.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { dataVolumes, persistentVolumeClaims, secrets, virtualMachineInstances, virtualMachines } from '../../kube/resources.ts'; // prettier-ignore
import { expand } from '../../admission/instancetype.ts';
import { WorkQueue } from '../queue.ts';
import { isFinal, ownerUid, phaseOf, vmiSpec, vmiStatus, vmSpec, vmStatus } from '../spec.ts';
import type { VmiSpec } from '../spec.ts';
import { isInBin, leftBin, takeUpIdentity } from './bin.ts';
import { isPatient, nextStartFailure, waitBeforeStart } from './crash-loop.ts';
import { createDataVolumes, dataVolumeState } from './data-volumes.ts';
import { expandedInstance } from './expand.ts';
import { instanceOf } from './instance.ts';
import { liveUpdate } from './live-update.ts';
import { printableStatus } from './printable.ts';
import { noteStart, restartRequired } from './started-from.ts';
import { describeVm } from './status.ts';
import { decide, runStrategyOf, trimRequests } from './strategy.ts';
import type { InstanceView } from './strategy.ts';
import { volumeSnapshotStatuses } from './volume-snapshots.ts';

const finalizer = 'kubevirt.io/virtualMachineControllerFinalize';

/** Makes VirtualMachines true: their DataVolumes, and an instance when the run strategy wants one. */
export class MachineController {
  readonly #context: EngineContext;
  readonly #queue: WorkQueue;
  readonly #stopWatching: (() => void)[] = [];

  constructor(context: EngineContext) {
    this.#context = context;
    this.#queue = new WorkQueue((key) => this.#reconcile(key), context.log);
  }

  start(): void {
    const { store } = this.#context;
    this.#stopWatching.push(
      store.watch(virtualMachines, ({ type, object }) => {
        if (type === 'DELETED') this.#removeTraces(object);
        else this.#queue.add(keyOf(object));
      }),
      store.watch(virtualMachineInstances, ({ object }) => this.#queue.add(keyOf(object))),
      store.watch(secrets, ({ type, object }) => type === 'DELETED' && leftBin(this.#context, object)),
      ...[dataVolumes, persistentVolumeClaims].map((type) =>
        store.watch(type, ({ object }) => this.#usersOf(object).forEach((vm) => this.#queue.add(keyOf(vm)))),
      ),
    );
    for (const vm of store.list(virtualMachines)) this.#queue.add(keyOf(vm));
    this.#queue.start();
  }

  async stop(): Promise<void> {
    for (const unwatch of this.#stopWatching) unwatch();
    await this.#queue.close();
  }

  #usersOf(object: Stored): readonly Stored[] {
    return this.#context.store.list(virtualMachines, object.metadata.namespace).filter((vm) => {
      const spec = vmSpec(vm);
      const { name } = object.metadata;
      return (
        spec.dataVolumeTemplates?.some(({ metadata }) => (metadata as { name?: string }).name === name) ||
        spec.template.spec?.volumes?.some(
          (volume) => volume.dataVolume?.name === name || volume.persistentVolumeClaim?.claimName === name,
        )
      );
    });
  }

  async #reconcile(key: string): Promise<void> {
    const { store } = this.#context;
    const [namespace, name = ''] = key.split('/');
    const vm = store.get(virtualMachines, namespace, name);
    if (!vm) return;
    const vmi = this.#instance(vm);
    if (vm.metadata.deletionTimestamp) return this.#delete(vm, vmi);
    if (!vm.metadata.finalizers?.includes(finalizer)) {
      store.mutate(virtualMachines, namespace, name, (draft) => {
        draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), finalizer];
      });
    }
    takeUpIdentity(this.#context, vm);
    for (const created of createDataVolumes(store, vm))
      this.#context.event(vm, 'Normal', 'SuccessfulDataVolumeCreate', `Created DataVolume ${created}`);
    this.#follow(vm, vmi);
  }

  #follow(vm: Stored, vmi: Stored | undefined): void {
    const { store } = this.#context;
    const now = new Date();
    const status = vmStatus(vm);
    const strategy = runStrategyOf(vmSpec(vm));
    const view = vmi && viewOf(vmi);
    let requests = trimRequests(status.stateChangeRequests ?? [], view);
    const startFailure = isPatient(strategy)
      ? nextStartFailure(
          status.startFailure,
          vmi && { uid: vmi.metadata.uid, phase: phaseOf(vmi), hasRun: hasRun(vmi) },
          now,
        )
      : undefined;
    const data = dataVolumeState(store, vm);
    const decision = decide(strategy, view, requests, status.runStrategy);
    const wait = waitBeforeStart(startFailure, now);
    let current = vmi;
    let followed: string | undefined = strategy;
    let failure: { reason: string; message: string } | undefined;
    if (vmi && phaseOf(vmi) === 'Failed') failure = failureOf(vmi);
    else if (!vmi && startFailure) failure = failureOf(vm);
    if (decision.do === 'start') {
      // Its disks are being exchanged: the end of the restore brings it here again.
      const restoring = vm.status?.['restoreInProgress'] !== undefined;
      const ready = !restoring && (data.state === 'ready' || data.state === 'waitingForBinding');
      if (!ready || wait > 0) {
        // Not done yet: with this strategy noted as followed it would never be started.
        followed = undefined;
        if (wait > 0) this.#queue.addAfter(keyOf(vm), wait + 50);
        if (data.message) failure = { reason: 'FailedDataVolumeImport', message: data.message };
      } else {
        const started = this.#startInstance(vm, decision.paused);
        if (started instanceof Error) {
          followed = undefined;
          failure = { reason: 'FailedCreate', message: started.message };
        } else {
          current = started;
          requests = trimRequests(requests, viewOf(started));
        }
      }
    } else if (decision.do === 'stop' && vmi) {
      store.delete(virtualMachineInstances, vm.metadata.namespace, vmi.metadata.name);
      this.#context.event(
        vm,
        'Normal',
        'SuccessfulDelete',
        `Stopped the virtual machine by deleting the virtual machine instance ${vmi.metadata.uid}`,
      );
      current = this.#instance(vm);
      requests = trimRequests(requests, current && viewOf(current));
      if (decision.again) requests = [{ action: 'Start' }];
    } else if (decision.do === 'switchToAlways') {
      followed = undefined;
      store.mutate(virtualMachines, vm.metadata.namespace, vm.metadata.name, (draft) => {
        const spec = vmSpec(draft);
        if (spec.running !== undefined) spec.running = true;
        else spec.runStrategy = 'Always';
      });
    }
    const first = requests[0];
    const printable = printableStatus({
      deleting: false,
      vmi: current && { phase: phaseOf(current), deleting: current.metadata.deletionTimestamp !== undefined, conditions: vmiStatus(current).conditions ?? [] },
      stopRequested: current !== undefined && first?.action === 'Stop' && first.uid === current.metadata.uid,
      dataVolumes: data.state,
      startFailures: startFailure?.consecutiveFailCount ?? 0,
      wanted: strategy !== 'Halted' && (strategy === 'Always' || first?.action === 'Start' || decision.do === 'start'),
    }); // prettier-ignore
    const live = current && !isFinal(current) ? current : undefined;
    this.#writeStatus(vm, (draft) =>
      describeVm(draft, {
        vmi: current,
        printable,
        strategy: followed,
        requests,
        startFailure,
        restartRequired: live && this.#rollOut(vm, live),
        failure,
        volumeSnapshots: volumeSnapshotStatuses(store, vm),
      }),
    );
  }

  /** Hands the running instance what it can take over (rollout strategy LiveUpdate). Answers why a restart is needed, if one is. */
  #rollOut(vm: Stored, vmi: Stored): string | undefined {
    const { store, config, paths } = this.#context;
    const expanded = (machine: Stored): VmiSpec | undefined => {
      const { spec, causes } = expand(machine, store, config);
      return causes.length > 0 ? undefined : spec;
    };
    const other = restartRequired(paths, vm, vmi.metadata.uid, expanded);
    const template = expanded(vm);
    if (!template || phaseOf(vmi) !== 'Running' || vmi.metadata.deletionTimestamp) return other;
    const { spec, restart } = liveUpdate(template, vmiSpec(vmi), vmiStatus(vmi), other !== undefined);
    if (spec)
      store.mutate(virtualMachineInstances, vmi.metadata.namespace, vmi.metadata.name, (draft) => {
        if (draft.metadata.uid === vmi.metadata.uid) draft.spec = spec as unknown as Record<string, unknown>;
      });
    return other ?? restart;
  }

  #startInstance(vm: Stored, paused: boolean): Stored | Error {
    const { store, paths } = this.#context;
    try {
      const vmi = store.create(
        virtualMachineInstances,
        instanceOf(vm, expandedInstance(this.#context, vm), paused, this.#context.config),
      );
      noteStart(paths, vm, vmi.metadata.uid);
      this.#context.event(
        vm,
        'Normal',
        'SuccessfulCreate',
        `Started the virtual machine by creating the new virtual machine instance ${vmi.metadata.name}`,
      );
      return vmi;
    } catch (error) {
      this.#context.event(vm, 'Warning', 'FailedCreate', (error as Error).message);
      return error as Error;
    }
  }

  #delete(vm: Stored, vmi: Stored | undefined): void {
    const { store } = this.#context;
    const { namespace, name } = vm.metadata;
    if (vmi) {
      const grace = vm.metadata.deletionGracePeriodSeconds;
      if (!vmi.metadata.deletionTimestamp)
        store.delete(
          virtualMachineInstances,
          namespace,
          vmi.metadata.name,
          grace === undefined ? {} : { gracePeriodSeconds: grace },
        );
      this.#writeStatus(vm, (draft) => ((draft.status ??= {})['printableStatus'] = 'Terminating'));
      return;
    }
    store.mutate(virtualMachines, namespace, name, (draft) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((entry) => entry !== finalizer);
    });
  }

  /** UEFI variables live as long as the machine, or its entry in the bin. */
  #removeTraces(vm: Stored): void {
    if (isInBin(this.#context, vm)) return;
    rmSync(join(this.#context.paths.machines, vm.metadata.uid), { recursive: true, force: true });
  }

  /** The instance of the same name, where it is this machine's. */
  #instance(vm: Stored): Stored | undefined {
    const vmi = this.#context.store.get(virtualMachineInstances, vm.metadata.namespace, vm.metadata.name);
    return vmi && ownerUid(vmi) === vm.metadata.uid ? vmi : undefined;
  }

  #writeStatus(vm: Stored, change: (draft: KubeObject) => void): void {
    const { namespace, name, uid } = vm.metadata;
    const guarded = (draft: KubeObject) => {
      if (draft.metadata.uid === uid) change(draft);
    };
    this.#context.store.mutate(virtualMachines, namespace, name, guarded, { subresource: 'status' });
  }
}

const viewOf = (vmi: Stored): InstanceView => ({
  uid: vmi.metadata.uid,
  phase: phaseOf(vmi),
  deleting: vmi.metadata.deletionTimestamp !== undefined,
});

const hasRun = (vmi: Stored): boolean =>
  vmiStatus(vmi).phaseTransitionTimestamps?.some(({ phase }) => phase === 'Running') === true;

/** Why it does not run, from the instance that failed or from what the machine noted of it. */
function failureOf(object: Stored): { reason: string; message: string } | undefined {
  const conditions = vmiStatus(object).conditions ?? [];
  const condition =
    conditions.find(({ type }) => type === 'Synchronized') ?? conditions.find(({ type }) => type === 'Failure');
  return condition?.reason ? { reason: condition.reason, message: condition.message ?? '' } : undefined;
}
