import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pickList, pickText } from '../../../../main/backend/target/pick.ts';
import { condition, on, ownerOf, statusOf } from '../cluster.ts';
import type { Inner } from '../cluster.ts';
import type { Change } from '../store.ts';

const claimOf = (volume: unknown): string | undefined =>
  pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');

/** Clones and exports of machines: the phases their controllers write (KubeVirt 1.9 pkg/storage). */
export function copies(inner: Inner) {
  const { store } = inner;
  const sourceOf = (object: KubeObject): { vm: KubeObject | undefined; name: string } => {
    const name = pickText(object, 'spec', 'source', 'name') ?? '';
    return { vm: store.get(on.machines, object.metadata.namespace, name), name };
  };

  function clone(object: KubeObject): void {
    const { namespace, name = '' } = object.metadata;
    const { vm } = sourceOf(object);
    const target = pickText(object, 'spec', 'target', 'name') ?? `clone-${randomUUID().slice(0, 5)}`;
    const steps = ['SnapshotInProgress', 'CreatingTargetVM', 'RestoreInProgress', 'Succeeded'];
    const go = (at: number): void =>
      inner.after(() => {
        const phase = vm ? steps[at] : 'Failed';
        if (!phase || !store.get(on.clones, namespace, name)) return;
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
    const { exportServer } = inner;
    if (!pickText(object, 'spec', 'tokenSecretRef'))
      store.create(on.secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `export-token-${name}`, ...(namespace && { namespace }), ownerReferences: [ownerOf(object)] },
        data: { token: Buffer.from(randomUUID()).toString('base64') },
      } as KubeObject);
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
            ...(exportServer && {
              external: {
                cert: exportServer.cert,
                volumes: pickList(vm, 'spec', 'template', 'spec', 'volumes').filter(claimOf).map((volume) => ({
                  name: volume['name'],
                  formats: [{ format: 'qcow2', url: `${exportServer.address}/${String(volume['name'])}.qcow2` }],
                })),
              },
            }),
            internal: {
              cert: inner.exportCa,
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
      if (served === on.clones) clone(object);
      if (served === on.exports) inner.after(() => exported(object));
    },
  };
}
