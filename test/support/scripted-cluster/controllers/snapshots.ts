import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pick, pickList, pickText } from '../../../../main/backend/target/pick.ts';
import { jsonPatch } from '../../../../main/embedded/api/patch/json-patch.ts';
import { condition, now, on, ownerOf, statusOf } from '../cluster.ts';
import type { Inner } from '../cluster.ts';
import type { Change } from '../store.ts';

const claimOf = (volume: unknown): string | undefined =>
  pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');

/** Snapshots of machines and what is restored from them: the phases their controllers write (KubeVirt 1.9 pkg/storage/snapshot). */
export function snapshots(inner: Inner) {
  const { store } = inner;

  function snapshot(object: KubeObject): void {
    const { namespace, name = '' } = object.metadata;
    const source = pickText(object, 'spec', 'source', 'name') ?? '';
    const vm = store.get(on.machines, namespace, source);
    const refused = inner.failingSnapshots.get(name);
    store.mutate(on.snapshots, namespace, name, (draft) => {
      Object.assign(statusOf(draft), { phase: 'InProgress', readyToUse: false });
      condition(draft, 'Progressing', true, '', vm ? 'Source locked and operation in progress' : `Source ${source} does not exist`); // prettier-ignore
      condition(draft, 'Ready', false, '', 'Not ready');
      if (vm?.metadata.uid) statusOf(draft)['sourceUID'] = vm.metadata.uid;
    });
    if (!vm) return;
    store.mutate(on.machines, namespace, source, (draft) => void (statusOf(draft)['snapshotInProgress'] = name));
    inner.after(() => (refused === undefined ? keep(object, vm) : fail(object, vm, refused)), 2);
  }
  const unlock = (vm: KubeObject): void =>
    store.mutate(on.machines, vm.metadata.namespace, vm.metadata.name ?? '', (draft) => void delete statusOf(draft)['snapshotInProgress']); // prettier-ignore

  /** The deadline is over: nothing came of it. */
  function fail(object: KubeObject, vm: KubeObject, message: string): void {
    const { namespace, name = '' } = object.metadata;
    unlock(vm);
    store.mutate(on.snapshots, namespace, name, (draft) => {
      Object.assign(statusOf(draft), { phase: 'Failed', readyToUse: false, error: { message, time: now() } });
      condition(draft, 'Progressing', false, '', 'Operation failed');
      condition(draft, 'Failure', true, 'snapshot deadline exceeded');
    });
  }
  function keep(object: KubeObject, vm: KubeObject): void {
    const { namespace, name = '' } = object.metadata;
    const content = `vmsnapshot-content-${object.metadata.uid}`;
    const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes').filter(claimOf);
    const included = volumes.filter((volume) =>
      pickList(vm, 'status', 'volumeSnapshotStatuses').some((each) => each['name'] === volume['name'] && each['enabled'] === true),
    ); // prettier-ignore
    const excluded = volumes.filter((each) => !included.includes(each));
    unlock(vm);
    // Deleted meanwhile: its owner is gone, and so is the content.
    if (!store.get(on.snapshots, namespace, name)) return;
    store.create(on.contents, {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshotContent',
      metadata: { name: content, ...(namespace && { namespace }), ownerReferences: [ownerOf(object)] },
      spec: {
        virtualMachineSnapshotName: name,
        source: { virtualMachine: { metadata: { name: vm.metadata.name }, spec: vm.spec } },
        volumeBackups: included.map((volume) => ({
          volumeName: volume['name'],
          volumeSnapshotName: `vmsnapshot-${object.metadata.uid}-volume-${String(volume['name'])}`,
          persistentVolumeClaim: { metadata: { name: claimOf(volume) }, spec: store.get(on.claims, namespace, claimOf(volume) ?? '')?.spec ?? {} },
        })),
      },
      status: { readyToUse: true, creationTime: now() },
    }); // prettier-ignore
    const running = store.get(on.instances, namespace, vm.metadata.name ?? '');
    store.mutate(on.snapshots, namespace, name, (draft) => {
      const indications = [
        ...(running ? ['Online', inner.agent ? 'GuestAgent' : 'NoGuestAgent'] : []),
        ...(excluded.length > 0 ? ['PartialSnapshot'] : []),
      ];
      Object.assign(statusOf(draft), {
        phase: 'Succeeded',
        readyToUse: true,
        creationTime: now(),
        virtualMachineSnapshotContentName: content,
        indications,
        snapshotVolumes: {
          includedVolumes: included.map((each) => each['name']),
          excludedVolumes: excluded.map((each) => each['name']),
        },
      });
      condition(draft, 'Progressing', false, '', 'Operation complete');
      condition(draft, 'Ready', true, '', 'Operation complete');
    });
  }

  function restore(object: KubeObject): void {
    const { namespace, name = '' } = object.metadata;
    const target = pickText(object, 'spec', 'target', 'name') ?? '';
    store.mutate(on.restores, namespace, name, (draft) => {
      statusOf(draft)['complete'] = false;
      condition(draft, 'Progressing', true, '', 'Creating new PVCs');
      condition(draft, 'Ready', false, '', 'Waiting for new PVCs');
    });
    store.mutate(on.machines, namespace, target, (draft) => void (statusOf(draft)['restoreInProgress'] = name));
    inner.after(() => wait(object, target), 2);
  }
  function wait(object: KubeObject, target: string): void {
    const { namespace, name = '' } = object.metadata;
    if (!store.get(on.restores, namespace, name)) return;
    if (store.get(on.instances, namespace, target)) {
      // As with WaitGracePeriod: it goes on when somebody stops the machine.
      store.mutate(on.restores, namespace, name, (draft) =>
        condition(draft, 'Progressing', false, '', `Restore target failed to be ready: ${target} is running`),
      );
      return inner.after(() => wait(object, target), 3);
    }
    const snapshotName = pickText(object, 'spec', 'virtualMachineSnapshotName') ?? '';
    const content = store.list(on.contents, namespace).find((each) => pickText(each, 'spec', 'virtualMachineSnapshotName') === snapshotName); // prettier-ignore
    if (!content) return;
    const restores = pickList(content, 'spec', 'volumeBackups').map((backup) => ({
      volumeName: String(backup['volumeName']),
      persistentVolumeClaim: `restore-${object.metadata.uid}-${String(backup['volumeName'])}`,
      volumeSnapshotName: backup['volumeSnapshotName'],
      spec: pick(backup, 'persistentVolumeClaim', 'spec') as Record<string, unknown>,
    }));
    for (const { persistentVolumeClaim, spec } of restores)
      store.create(on.claims, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: persistentVolumeClaim, ...(namespace && { namespace }) },
        spec,
        status: { phase: 'Bound', accessModes: pick(spec, 'accessModes'), capacity: pick(spec, 'resources', 'requests') },
      }); // prettier-ignore
    write(object, target, content, new Map(restores.map((each) => [each.volumeName, each.persistentVolumeClaim])));
    store.mutate(on.machines, namespace, target, (draft) => void delete statusOf(draft)['restoreInProgress']);
    store.mutate(on.restores, namespace, name, (draft) => {
      Object.assign(statusOf(draft), { complete: true, restoreTime: now(), restores: restores.map(({ spec: _spec, ...each }) => each) }); // prettier-ignore
      condition(draft, 'Progressing', false, '', 'Operation complete');
      condition(draft, 'Ready', true, '', 'Operation complete');
    });
  }
  /** The machine as it was, on its restored disks; a new one gets the patches, too. */
  function write(object: KubeObject, target: string, content: KubeObject, claims: ReadonlyMap<string, string>): void {
    const { namespace } = object.metadata;
    const spec = structuredClone(pick(content, 'spec', 'source', 'virtualMachine', 'spec')) as Record<string, unknown>;
    const renamed = new Map<string, string>();
    for (const volume of pickList(spec, 'template', 'spec', 'volumes')) {
      const claim = claims.get(String(volume['name']));
      if (claim === undefined) continue;
      renamed.set(claimOf(volume) ?? '', claim);
      const source = volume['dataVolume'] as Record<string, unknown> | undefined;
      if (source) source['name'] = claim;
      else volume['persistentVolumeClaim'] = { claimName: claim };
    }
    for (const template of pickList(spec, 'dataVolumeTemplates')) {
      const metadata = template['metadata'] as KubeObject['metadata'];
      const claim = renamed.get(metadata.name ?? '');
      // CDI takes the claim as it is: it was filled by the snapshot.
      if (claim !== undefined) template['metadata'] = { ...metadata, name: claim, annotations: { ...metadata.annotations, 'cdi.kubevirt.io/storage.prePopulated': claim } }; // prettier-ignore
    }
    const present = store.get(on.machines, namespace, target);
    if (present)
      return store.mutate(on.machines, namespace, target, (draft) => {
        draft.spec = { ...spec, runStrategy: pick(draft, 'spec', 'runStrategy') };
      });
    const made = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: target, ...(namespace && { namespace }) },
      spec: { ...spec, runStrategy: 'Halted' },
    };
    const patches = pick(object, 'spec', 'patches') as string[] | undefined;
    const operations = (patches ?? []).map((text) => JSON.parse(text) as object);
    store.create(on.machines, jsonPatch(made, operations) as KubeObject);
  }

  return {
    changed({ type, served, object }: Change): void {
      if (type !== 'ADDED') return;
      if (served === on.snapshots) inner.after(() => snapshot(object));
      if (served === on.restores) inner.after(() => restore(object));
    },
  };
}
