import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pick, pickList, pickText } from '../../../../main/backend/target/pick.ts';
import { condition, now, on, ownerOf, statusOf } from '../cluster.ts';
import type { Inner } from '../cluster.ts';
import type { Change } from '../store.ts';

const claimOf = (volume: unknown): string | undefined =>
  pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');

/** Snapshots, restores, clones and exports of machines: the phases their controllers write (KubeVirt 1.9 pkg/storage). */
export function copies(inner: Inner) {
  const { store } = inner;
  const sourceOf = (object: KubeObject): { vm: KubeObject | undefined; name: string } => {
    const name = pickText(object, 'spec', 'source', 'name') ?? '';
    return { vm: store.get(on.machines, object.metadata.namespace, name), name };
  };

  function snapshot(object: KubeObject): void {
    const { namespace, name = '' } = object.metadata;
    const { vm, name: source } = sourceOf(object);
    store.mutate(on.snapshots, namespace, name, (draft) => {
      Object.assign(statusOf(draft), { phase: 'InProgress', readyToUse: false });
      condition(
        draft,
        'Progressing',
        true,
        '',
        vm ? 'Source locked and operation in progress' : `Source ${source} does not exist`,
      );
      condition(draft, 'Ready', false, '', 'Not ready');
      if (vm?.metadata.uid) statusOf(draft)['sourceUID'] = vm.metadata.uid;
    });
    if (!vm) return;
    const content = `vmsnapshot-content-${object.metadata.uid}`;
    const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes').filter(claimOf);
    const included = volumes.filter((volume) =>
      pickList(vm, 'status', 'volumeSnapshotStatuses').some((each) => each['name'] === volume['name'] && each['enabled'] === true),
    ); // prettier-ignore
    const running = store.get(on.instances, namespace, source);
    store.mutate(on.machines, namespace, source, (draft) => void (statusOf(draft)['snapshotInProgress'] = name));
    inner.after(() => {
      store.create(on.contents, {
        apiVersion: 'snapshot.kubevirt.io/v1beta1',
        kind: 'VirtualMachineSnapshotContent',
        metadata: { name: content, ...(namespace && { namespace }), ownerReferences: [ownerOf(object)] },
        spec: {
          virtualMachineSnapshotName: name,
          source: { virtualMachine: { metadata: { name: source }, spec: vm.spec } },
          volumeBackups: included.map((volume) => ({
            volumeName: volume['name'],
            volumeSnapshotName: `vmsnapshot-${object.metadata.uid}-volume-${String(volume['name'])}`,
            persistentVolumeClaim: { metadata: { name: claimOf(volume) } },
          })),
        },
        status: { readyToUse: true, creationTime: now() },
      });
      store.mutate(on.machines, namespace, source, (draft) => void delete statusOf(draft)['snapshotInProgress']);
      store.mutate(on.snapshots, namespace, name, (draft) => {
        const indications = running ? ['Online', inner.agent ? 'GuestAgent' : 'NoGuestAgent'] : [];
        Object.assign(statusOf(draft), {
          phase: 'Succeeded',
          readyToUse: true,
          creationTime: now(),
          virtualMachineSnapshotContentName: content,
          indications,
          snapshotVolumes: {
            includedVolumes: included.map((each) => each['name']),
            excludedVolumes: volumes.filter((each) => !included.includes(each)).map((each) => each['name']),
          },
        });
        condition(draft, 'Progressing', false, '', 'Operation complete');
        condition(draft, 'Ready', true, '', 'Operation complete');
      });
    }, 2);
  }

  function restore(object: KubeObject): void {
    const { namespace, name = '' } = object.metadata;
    const target = pickText(object, 'spec', 'target', 'name') ?? '';
    store.mutate(on.restores, namespace, name, (draft) => {
      statusOf(draft)['complete'] = false;
      condition(draft, 'Progressing', true, '', 'Creating new PVCs');
      condition(draft, 'Ready', false, '', 'Waiting for new PVCs');
    });
    const wait = (): void => {
      const running = store.get(on.instances, namespace, target);
      if (running) {
        // As with WaitGracePeriod: it goes on when somebody stops the machine.
        store.mutate(on.restores, namespace, name, (draft) =>
          condition(draft, 'Progressing', false, '', `Restore target failed to be ready: ${target} is running`),
        );
        return inner.after(wait, 3);
      }
      const snapshotName = pickText(object, 'spec', 'virtualMachineSnapshotName') ?? '';
      const content = store.list(on.contents, namespace).find((each) => pickText(each, 'spec', 'virtualMachineSnapshotName') === snapshotName); // prettier-ignore
      const spec = pick(content, 'spec', 'source', 'virtualMachine', 'spec') as Record<string, unknown> | undefined;
      const vm = store.get(on.machines, namespace, target);
      if (spec && vm)
        store.mutate(on.machines, namespace, target, (draft) => void (draft.spec = { ...structuredClone(spec), runStrategy: pick(draft, 'spec', 'runStrategy') })); // prettier-ignore
      else if (spec)
        store.create(on.machines, {
          apiVersion: 'kubevirt.io/v1',
          kind: 'VirtualMachine',
          metadata: { name: target, ...(namespace && { namespace }) },
          spec: { ...structuredClone(spec), runStrategy: 'Halted' },
        });
      store.mutate(on.restores, namespace, name, (draft) => {
        Object.assign(statusOf(draft), { complete: true, restoreTime: now() });
        condition(draft, 'Progressing', false, '', 'Operation complete');
        condition(draft, 'Ready', true, '', 'Operation complete');
      });
    };
    inner.after(wait, 2);
  }

  function clone(object: KubeObject): void {
    const { namespace, name = '' } = object.metadata;
    const { vm } = sourceOf(object);
    const target = pickText(object, 'spec', 'target', 'name') ?? `clone-${randomUUID().slice(0, 5)}`;
    const steps = ['SnapshotInProgress', 'CreatingTargetVM', 'RestoreInProgress', 'Succeeded'];
    const go = (at: number): void =>
      inner.after(() => {
        const phase = vm ? steps[at] : 'Failed';
        if (!phase) return;
        if (phase === 'CreatingTargetVM' && vm) {
          const spec = structuredClone(vm.spec ?? {});
          store.create(on.machines, {
            apiVersion: 'kubevirt.io/v1',
            kind: 'VirtualMachine',
            metadata: { name: target, ...(namespace && { namespace }), ...(vm.metadata.labels && { labels: vm.metadata.labels }) },
            spec: { ...spec, runStrategy: 'Halted', dataVolumeTemplates: [] },
          }); // prettier-ignore
        }
        store.mutate(on.clones, namespace, name, (draft) => {
          const status = statusOf(draft);
          status['phase'] = phase;
          if (phase === 'Succeeded') status['targetName'] = target;
          condition(draft, 'Progressing', phase !== 'Succeeded' && phase !== 'Failed');
          condition(draft, 'Ready', phase === 'Succeeded');
        });
        if (phase !== 'Failed') go(at + 1);
      });
    go(0);
  }

  function exported(object: KubeObject): void {
    const { namespace, name = '' } = object.metadata;
    store.mutate(on.exports, namespace, name, (draft) => {
      Object.assign(statusOf(draft), { phase: 'Pending', tokenSecretRef: pickText(draft, 'spec', 'tokenSecretRef') ?? `export-token-${name}` }); // prettier-ignore
      condition(draft, 'Ready', false, 'Initializing');
    });
    const look = (): void => {
      if (!store.get(on.exports, namespace, name)) return;
      const { name: source } = sourceOf(object);
      if (store.get(on.instances, namespace, source)) return inner.after(look, 3); // Pending while it runs
      const vm = store.get(on.machines, namespace, source);
      store.mutate(on.exports, namespace, name, (draft) => {
        const at = `https://virt-export-${name}.${namespace}.svc`;
        Object.assign(statusOf(draft), {
          phase: 'Ready',
          serviceName: `virt-export-${name}`,
          links: {
            internal: {
              cert: '',
              volumes: pickList(vm, 'spec', 'template', 'spec', 'volumes').filter(claimOf).map((volume) => ({
                name: volume['name'],
                formats: [
                  { format: 'raw', url: `${at}/volumes/${String(volume['name'])}/disk.img` },
                  { format: 'gzip', url: `${at}/volumes/${String(volume['name'])}/disk.img.gz` },
                ],
              })),
              manifests: [{ type: 'all', url: `${at}/internal/manifests/all` }],
            },
          },
        }); // prettier-ignore
        condition(draft, 'Ready', true, 'PodReady');
      });
    };
    inner.after(look, 2);
  }

  return {
    changed({ type, served, object }: Change): void {
      if (type !== 'ADDED') return;
      if (served === on.snapshots) inner.after(() => snapshot(object));
      if (served === on.restores) inner.after(() => restore(object));
      if (served === on.clones) clone(object);
      if (served === on.exports) inner.after(() => exported(object));
    },
  };
}
