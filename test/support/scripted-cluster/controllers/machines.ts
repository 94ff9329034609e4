import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pick, pickList, pickText } from '../../../../main/backend/target/pick.ts';
import { condition, now, on, ownerOf, statusOf } from '../cluster.ts';
import type { Inner } from '../cluster.ts';
import { obstacleOf } from './placing.ts';
import type { Obstacle } from './placing.ts';
import type { Change } from '../store.ts';

const finalizer = 'foregroundDeleteVirtualMachine';
const claimOf = (volume: unknown): string | undefined =>
  pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');

/**
 * What virt-controller and virt-handler do to VirtualMachine and VirtualMachineInstance: an instance by the run strategy,
 * its phases once its disks are there, the words of printableStatus, hotplugged volumes, Halted after a stop (KubeVirt 1.9
 * pkg/virt-controller/watch/vm). Guests hear every polite stop.
 */
export function machines(inner: Inner) {
  const { store } = inner;
  const vmOf = (namespace: string | undefined, name: string) => store.get(on.machines, namespace, name);
  const vmiOf = (namespace: string | undefined, name: string) => store.get(on.instances, namespace, name);
  const final = (vmi: KubeObject | undefined): boolean =>
    ['Succeeded', 'Failed'].includes(pickText(vmi, 'status', 'phase') ?? '');

  function wanted(vm: KubeObject): boolean {
    const requests = pickList(vm, 'status', 'stateChangeRequests');
    if (requests.some((each) => each['action'] === 'Start')) return true;
    const strategy =
      pickText(vm, 'spec', 'runStrategy') ?? (pick(vm, 'spec', 'running') === true ? 'Always' : 'Halted');
    if (strategy === 'Always') return true;
    const before = pickText(vm, 'status', 'runStrategy');
    return (strategy === 'RerunOnFailure' || strategy === 'Once') && before !== strategy;
  }

  const halted = new Map<string, string>();
  const queued = new Set<string>();
  /** Once a moment for each machine, with what is true then. */
  function reconcile(namespace: string | undefined, name: string): void {
    const key = `${namespace}/${name}`;
    if (queued.has(key)) return;
    queued.add(key);
    inner.after(() => {
      queued.delete(key);
      settle(namespace, name);
    });
  }
  function settle(namespace: string | undefined, name: string): void {
    const vm = vmOf(namespace, name);
    if (!vm) return;
    if (vm.metadata.deletionTimestamp) {
      const vmi = vmiOf(namespace, name);
      if (vmi) {
        if (!vmi.metadata.deletionTimestamp) store.delete(on.instances, namespace, name);
      } else store.mutate(on.machines, namespace, name, (draft) => void delete draft.metadata.finalizers);
      return tell(namespace, name);
    }
    for (const template of pickList(vm, 'spec', 'dataVolumeTemplates')) {
      const disk = pickText(template, 'metadata', 'name') ?? '';
      if (!store.get(on.dataVolumes, namespace, disk))
        store.create(on.dataVolumes, {
          apiVersion: 'cdi.kubevirt.io/v1beta1',
          kind: 'DataVolume',
          metadata: {
            ...(pick(template, 'metadata') as KubeObject['metadata']),
            ...(namespace && { namespace }),
            ownerReferences: [ownerOf(vm)],
          },
          spec: pick(template, 'spec') as Record<string, unknown>,
        });
    }
    const vmi = vmiOf(namespace, name);
    const [first] = pickList(vm, 'status', 'stateChangeRequests');
    const stopping = first?.['action'] === 'Stop' && vmi !== undefined && (first['uid'] === undefined || first['uid'] === vmi.metadata.uid); // prettier-ignore
    if (vmi && !vmi.metadata.deletionTimestamp && (stopping || pickText(vm, 'spec', 'runStrategy') === 'Halted'))
      store.delete(on.instances, namespace, name);
    else if (first?.['action'] === 'Stop' && !stopping)
      dropRequest(namespace, name); // that one is over
    else if (!vmi && wanted(vm) && pick(vm, 'status', 'snapshotInProgress') === undefined) {
      if (first?.['action'] === 'Start') dropRequest(namespace, name);
      begin(vm, pick(first, 'data', 'paused') === 'true');
    } else if (vmi && final(vmi) && !vmi.metadata.deletionTimestamp) store.delete(on.instances, namespace, name);
    if (vmi && !final(vmi)) hotplug(vm, vmi);
    tell(namespace, name);
  }
  const dropRequest = (namespace: string | undefined, name: string): void =>
    store.mutate(on.machines, namespace, name, (draft) => {
      const left = pickList(draft, 'status', 'stateChangeRequests').slice(1);
      if (left.length > 0) statusOf(draft)['stateChangeRequests'] = left;
      else delete statusOf(draft)['stateChangeRequests'];
    });

  function begin(vm: KubeObject, paused: boolean): void {
    const { namespace, name = '' } = vm.metadata;
    const template = pick(vm, 'spec', 'template') as {
      metadata?: KubeObject['metadata'];
      spec: Record<string, unknown>;
    };
    const spec = structuredClone(template.spec);
    store.create(on.instances, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: {
        ...template.metadata,
        name,
        ...(namespace && { namespace }),
        ownerReferences: [ownerOf(vm)],
        finalizers: [finalizer],
      },
      spec,
      status: { phase: 'Pending' },
    });
    const uid = vmiOf(namespace, name)?.metadata.uid;
    store.mutate(on.machines, namespace, name, (draft) => {
      statusOf(draft)['runStrategy'] = pickText(draft, 'spec', 'runStrategy');
    });
    advance(namespace, name, uid, ['Scheduling', 'Scheduled', 'Running'], paused);
  }
  function ready(vmi: KubeObject): boolean {
    return pickList(vmi, 'spec', 'volumes').every((volume) => {
      const disk = pickText(volume, 'dataVolume', 'name');
      const found = disk === undefined ? undefined : store.get(on.dataVolumes, vmi.metadata.namespace, disk);
      return !found || pickText(found, 'status', 'phase') === 'Succeeded';
    });
  }
  function advance(
    namespace: string | undefined,
    name: string,
    uid: string | undefined,
    phases: string[],
    paused: boolean,
  ): void {
    const [next, ...rest] = phases;
    if (!next) return;
    inner.after(() => {
      const vmi = vmiOf(namespace, name);
      if (!vmi || vmi.metadata.uid !== uid || vmi.metadata.deletionTimestamp) return;
      if (!ready(vmi)) {
        reconcile(namespace, name);
        return advance(namespace, name, uid, phases, paused);
      }
      const obstacle = next === 'Scheduling' ? undefined : obstacleOf(inner, vmi);
      if (obstacle) {
        halt(vmi, obstacle);
        reconcile(namespace, name);
        return inner.after(() => advance(namespace, name, uid, phases, paused), 5);
      }
      store.mutate(on.instances, namespace, name, (draft) => step(draft, next, paused));
      reconcile(namespace, name);
      advance(namespace, name, uid, rest, paused);
    });
  }
  /** Says once what an instance waits for. */
  function halt(vmi: KubeObject, { condition: said, event }: Obstacle): void {
    const { namespace, name = '' } = vmi.metadata;
    if (halted.get(vmi.metadata.uid ?? '') === event.message) return;
    halted.set(vmi.metadata.uid ?? '', event.message);
    inner.event(vmi, 'Warning', event.reason, event.message);
    if (said)
      store.mutate(on.instances, namespace, name, (draft) => condition(draft, said.type, false, said.reason, said.message)); // prettier-ignore
  }
  function step(vmi: KubeObject, phase: string, paused: boolean): void {
    const status = statusOf(vmi);
    status['phase'] = phase;
    status['phaseTransitionTimestamps'] = [
      ...pickList(status, 'phaseTransitionTimestamps'),
      { phase, phaseTransitionTimestamp: now() },
    ];
    const running = phase === 'Running';
    status['conditions'] = pickList(status, 'conditions').filter((each) => each['type'] !== 'Synchronized' && each['type'] !== 'PodScheduled'); // prettier-ignore
    const node = store.list(on.nodes).find((each) => pick(each, 'spec', 'unschedulable') !== true);
    if (phase !== 'Scheduling') status['nodeName'] = node?.metadata.name;
    condition(
      vmi,
      'Ready',
      running,
      running ? '' : 'GuestNotRunning',
      running ? '' : 'Guest VM is not reported as running',
    );
    condition(vmi, 'LiveMigratable', store.list(on.nodes).length > 1);
    if (!running) return;
    if (paused) condition(vmi, 'Paused', true, 'PausedByUser', 'VMI was paused by user');
    if (inner.agent) condition(vmi, 'AgentConnected', true);
    status['interfaces'] = pickList(vmi, 'spec', 'domain', 'devices', 'interfaces').map((nic, index) => ({
      name: nic['name'],
      mac: nic['macAddress'] ?? `02:00:00:00:00:${(index + 16).toString(16)}`,
      ipAddress: '10.42.0.17',
      ipAddresses: ['10.42.0.17'],
      infoSource: 'domain',
    }));
    status['volumeStatus'] = pickList(vmi, 'spec', 'volumes').map((volume, index) => ({
      name: volume['name'],
      target: `vd${String.fromCodePoint(97 + index)}`,
    }));
    status['memory'] = { guestAtBoot: pick(vmi, 'spec', 'domain', 'memory', 'guest'), guestCurrent: pick(vmi, 'spec', 'domain', 'memory', 'guest') }; // prettier-ignore
    status['machine'] = { type: 'pc-q35-rhel9.6.0' };
  }

  /** Volumes that the machine declares as hotpluggable come to the instance, and go from it. */
  function hotplug(vm: KubeObject, vmi: KubeObject): void {
    const { namespace, name = '' } = vm.metadata;
    const declared = pickList(vm, 'spec', 'template', 'spec', 'volumes');
    const present = pickList(vmi, 'spec', 'volumes');
    const isHot = (volume: unknown): boolean =>
      pick(volume, 'dataVolume', 'hotpluggable') === true ||
      pick(volume, 'persistentVolumeClaim', 'hotpluggable') === true;
    const come = declared.filter((each) => isHot(each) && !present.some((other) => other['name'] === each['name']));
    const go = present.filter((each) => isHot(each) && !declared.some((other) => other['name'] === each['name']));
    if (come.length === 0 && go.length === 0) return;
    const disks = pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'disks');
    store.mutate(on.instances, namespace, name, (draft) => {
      const spec = draft.spec as { volumes?: unknown[]; domain: { devices: { disks?: unknown[] } } };
      spec.volumes = [...present.filter((each) => !go.includes(each)), ...come];
      spec.domain.devices.disks = disks;
      statusOf(draft)['volumeStatus'] = [
        ...pickList(draft, 'status', 'volumeStatus').filter((each) => !go.some((gone) => gone['name'] === each['name'])),
        ...come.map(({ name: volume }) => ({ name: volume, target: '', phase: 'AttachedToNode', reason: 'SuccessfulCreate', message: `Created hotplug attachment pod hp-volume-${String(volume)}, for volume ${String(volume)}`, hotplugVolume: { attachPodName: `hp-volume-${String(volume)}` } })),
      ]; // prettier-ignore
    });
    inner.after(
      () =>
        store.mutate(on.instances, namespace, name, (draft) => {
          statusOf(draft)['volumeStatus'] = pickList(draft, 'status', 'volumeStatus').map((each, index) =>
            come.some((one) => one['name'] === each['name'])
              ? { ...each, target: `sd${String.fromCodePoint(97 + index)}`, phase: 'Ready', reason: 'VolumeReady', message: 'Successfully attach hotplugged volume to VM' }
              : each,
          ); // prettier-ignore
        }),
      2,
    );
  }

  function word(vm: KubeObject, vmi: KubeObject | undefined): string {
    const phase = pickText(vmi, 'status', 'phase');
    if (vm.metadata.deletionTimestamp) return 'Terminating';
    if (vmi?.metadata.deletionTimestamp) return 'Stopping';
    if (pick(vmi, 'status', 'migrationState') !== undefined && pick(vmi, 'status', 'migrationState', 'completed') !== true) return 'Migrating'; // prettier-ignore
    if (pickList(vmi, 'status', 'conditions').some((each) => each['type'] === 'Paused' && each['status'] === 'True')) return 'Paused'; // prettier-ignore
    if (phase === 'Running') return 'Running';
    if (pickList(vmi, 'status', 'conditions').some((each) => each['type'] === 'PodScheduled' && each['status'] === 'False')) return 'ErrorUnschedulable'; // prettier-ignore
    const claims = pickList(vm, 'spec', 'template', 'spec', 'volumes').map(claimOf);
    const volumes = store
      .list(on.dataVolumes, vm.metadata.namespace)
      .filter(({ metadata }) => claims.includes(metadata.name));
    if (volumes.some((each) => pickText(each, 'status', 'phase') === 'Failed')) return 'DataVolumeError';
    const filling = volumes.some(
      (each) => !['Succeeded', 'WaitForFirstConsumer', 'PendingPopulation', ''].includes(pickText(each, 'status', 'phase') ?? ''),
    ); // prettier-ignore
    if (filling) return 'Provisioning';
    return vmi ? 'Starting' : 'Stopped';
  }
  function tell(namespace: string | undefined, name: string): void {
    store.mutate(on.machines, namespace, name, (draft) => {
      const vmi = vmiOf(namespace, name);
      const status = statusOf(draft);
      const running = pickText(vmi, 'status', 'phase') === 'Running';
      if (vmi) status['created'] = true;
      else delete status['created'];
      if (running) status['ready'] = true;
      else delete status['ready'];
      status['printableStatus'] = word(draft, vmi);
      status['volumeSnapshotStatuses'] = pickList(draft, 'spec', 'template', 'spec', 'volumes').map((volume) => {
        const claim = store.get(on.claims, namespace, claimOf(volume) ?? '');
        if (!claimOf(volume)) return { name: volume['name'], enabled: false, reason: `Snapshot is not supported for this volumeSource type [${String(volume['name'])}]` }; // prettier-ignore
        if (!claim) return { name: volume['name'], enabled: false, reason: 'PVC not found' };
        const storage = store.get(on.classes, undefined, pickText(claim, 'spec', 'storageClassName') ?? '');
        const driver = store.list(on.snapshotClasses).some((each) => pickText(each, 'driver') === pickText(storage, 'provisioner')); // prettier-ignore
        return driver
          ? { name: volume['name'], enabled: true }
          : { name: volume['name'], enabled: false, reason: `No VolumeSnapshotClass: Volume snapshots are not configured for this StorageClass [${storage?.metadata.name}] [${String(volume['name'])}]` }; // prettier-ignore
      });
      const old = pickList(draft, 'status', 'conditions').find((each) => each['type'] === 'Ready');
      if (old?.['status'] !== (running ? 'True' : 'False'))
        condition(draft, 'Ready', running, running ? '' : 'VMINotExists', running ? '' : 'VMI does not exist');
    });
  }
  return {
    changed({ type, served, object }: Change): void {
      const { namespace, name = '' } = object.metadata;
      if (served === on.machines) {
        if (type === 'ADDED')
          store.mutate(on.machines, namespace, name, (draft) => {
            draft.metadata.finalizers = [
              ...(draft.metadata.finalizers ?? []),
              'kubevirt.io/virtualMachineControllerFinalize',
            ];
          });
        if (type !== 'DELETED') reconcile(namespace, name);
      }
      if (served === on.instances) {
        if (type === 'MODIFIED' && object.metadata.deletionTimestamp) shutDown(object);
        reconcile(namespace, name);
      }
      // The snapshot controller lets go of a machine whose snapshot was given up.
      if (served === on.snapshots && type === 'DELETED')
        for (const vm of store.list(on.machines, namespace))
          if (pick(vm, 'status', 'snapshotInProgress') === name)
            store.mutate(on.machines, namespace, vm.metadata.name ?? '', (draft) => void delete statusOf(draft)['snapshotInProgress']); // prettier-ignore
      if (served === on.dataVolumes)
        for (const owner of object.metadata.ownerReferences ?? [])
          if (owner.kind === 'VirtualMachine') reconcile(namespace, owner.name);
    },
  };
  function shutDown(vmi: KubeObject): void {
    if (inner.deaf.has(vmi.metadata.name ?? '')) return;
    const { namespace, name = '', uid } = vmi.metadata;
    inner.after(() => {
      const present = vmiOf(namespace, name);
      if (present?.metadata.uid !== uid) return;
      if (pickText(present, 'status', 'phase') !== 'Succeeded')
        store.mutate(on.instances, namespace, name, (draft) => void (statusOf(draft)['phase'] = 'Succeeded'));
      inner.after(() => {
        if (vmiOf(namespace, name)?.metadata.uid === uid)
          store.mutate(on.instances, namespace, name, (draft) => void delete draft.metadata.finalizers);
      });
    });
  }
}
