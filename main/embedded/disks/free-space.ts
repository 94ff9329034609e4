import { statfsSync } from 'node:fs';
import { provisioner } from '../admission/core/storage-class.ts';
import type { EngineContext } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';
import { csiStorageCapacities, storageClasses } from '../kube/resources.ts';

const everyMs = 20_000;
const mebi = 2 ** 20;

/** Tells what is left of the disk under the volumes as CSI drivers do: one CSIStorageCapacity a storage class, at once and then as it changes. */
export function followFreeSpace(context: EngineContext): void {
  const look = (): void => {
    try {
      tell(context);
    } catch (error) {
      context.log.warn({ err: error }, 'free space could not be told');
    }
  };
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  context.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function tell({ store, paths }: EngineContext): void {
  const { bavail, bsize } = statfsSync(paths.disks);
  const capacity = `${Math.floor((bavail * bsize) / mebi)}Mi`;
  for (const { metadata, ...rest } of store.list(storageClasses)) {
    if (rest['provisioner'] !== provisioner) continue;
    const name = `hearth-${metadata.name}`.slice(0, 253);
    const before = store.get(csiStorageCapacities, 'kubevirt', name);
    if (before?.['capacity'] === capacity) continue;
    const object: KubeObject = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIStorageCapacity',
      metadata: { name, namespace: 'kubevirt' },
      storageClassName: metadata.name,
      capacity,
    };
    if (before) store.mutate(csiStorageCapacities, 'kubevirt', name, (draft) => void (draft['capacity'] = capacity));
    else store.create(csiStorageCapacities, object);
  }
}
