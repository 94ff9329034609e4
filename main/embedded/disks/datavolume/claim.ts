import type { KubeObject, Stored } from '../../kube/object.ts';
import { persistentVolumeClaims, storageClasses } from '../../kube/resources.ts';
import { quantityOf } from '../../kube/quantity.ts';
import { Refusal } from '../refusal.ts';
import { requestOf } from '../claims/controller.ts';
import { refuseKept } from '../claims/restore.ts';
import type { Storage } from '../storage.ts';

/** How a claim came by its data goes on its annotations, as CDI does. */
const cdi = 'cdi.kubevirt.io/storage';

/** Finds or makes the claim of a DataVolume. Throws ErrResourceExists where another has its name, DiskKept (see refuseKept). */
export function ensureClaim(storage: Storage, volume: Stored, sourceSize: number | undefined): Stored {
  const { store } = storage.context;
  const { namespace, name, uid } = volume.metadata;
  const present = store.get(persistentVolumeClaims, namespace, name);
  if (present) {
    if (present.metadata.ownerReferences?.some((owner) => owner.uid === uid) && !present.metadata.deletionTimestamp)
      return present;
    throw new Refusal('ErrResourceExists', `Resource "${name}" already exists and is not managed by DataVolume`);
  }
  refuseKept(storage, namespace, name);
  return store.create(persistentVolumeClaims, claimFor(storage, volume, sourceSize));
}

function claimFor(storage: Storage, volume: Stored, sourceSize: number | undefined): KubeObject {
  const { namespace, name, uid, labels, annotations } = volume.metadata;
  const asked = (volume.spec?.['storage'] ?? volume.spec?.['pvc'] ?? {}) as Record<string, unknown>;
  const image = labels?.['hearth.dev/image'] === 'true';
  const size = requestOf({ ...volume, spec: asked }) ?? sourceSize ?? (image ? 2 ** 20 : undefined);
  if (size === undefined)
    throw new Refusal(
      'ErrClaimNotValid',
      'PVC size is missing: set spec.storage.resources.requests.storage, e.g. 10Gi.',
    );
  const { storageClassName, accessModes, volumeMode, ...rest } = asked;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, app: 'containerized-data-importer', 'app.kubernetes.io/managed-by': 'cdi-controller' },
      annotations: {
        ...Object.fromEntries(
          Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('kubectl.kubernetes.io/')),
        ),
        [`${cdi}.contentType`]: 'kubevirt',
      },
      ownerReferences: [
        { apiVersion: volume.apiVersion, kind: 'DataVolume', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: {
      ...rest,
      accessModes: Array.isArray(accessModes) && accessModes.length > 0 ? accessModes : ['ReadWriteOnce'],
      volumeMode: volumeMode ?? 'Filesystem',
      storageClassName: storageClassName ?? defaultClass(storage),
      resources: { requests: { storage: quantityOf(size) } },
    },
  };
}

const defaultClass = (storage: Storage): string =>
  storage.context.store
    .list(storageClasses)
    .find(({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true')?.metadata
    .name ?? 'hearth';

/** Marks the claim as filled and tells its real size. */
export function finishClaim(storage: Storage, claim: Stored, virtualSize: number): void {
  const { store } = storage.context;
  const { namespace, name } = claim.metadata;
  store.mutate(persistentVolumeClaims, namespace, name, (draft) => {
    draft.metadata.annotations = { ...draft.metadata.annotations, [`${cdi}.pod.phase`]: 'Succeeded' };
  });
  const capacity = { storage: quantityOf(Math.max(virtualSize, requestOf(claim) ?? 0)) };
  store.mutate(
    persistentVolumeClaims,
    namespace,
    name,
    (draft) => {
      draft.status = { ...draft.status, capacity };
    },
    { subresource: 'status' },
  );
}
