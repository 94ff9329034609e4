import type { EngineContext, Log } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';
import {
  kubevirts,
  namespaces,
  nodes,
  pods,
  storageClasses,
  virtualMachineClusterInstancetypes,
  virtualMachineClusterPreferences,
  volumeSnapshotClasses,
} from '../kube/resources.ts';
import type { ResourceType } from '../kube/resources.ts';
import { unwritableText } from '../store/unwritable.ts';
import { catalogue } from './catalogue.ts';
import { kubevirtObject, virtHandlerPod } from './kubevirt.ts';
import { nodeObject } from './node.ts';

/** Marks what the engine made itself and may bring up to date; without it an object is the user's. */
const seeded = 'hearth.dev/seeded';

/**
 * What is there before anyone makes anything: namespaces, the node, the storage class, KubeVirt's own object, the
 * common instance types and preferences. Runs at each start; never touches an object that a user made.
 */
export const seedObjects = (context: EngineContext): void => {
  for (const name of ['default', 'kubevirt', 'hearth-images']) create(context, namespaces, namespace(name));
  keep(context, nodes, nodeObject(context));
  keep(context, kubevirts, kubevirtObject(context));
  keep(context, pods, virtHandlerPod(context));
  create(context, storageClasses, storageClass);
  keep(context, volumeSnapshotClasses, volumeSnapshotClass);
  const { instancetypes, preferences } = catalogue(context);
  for (const object of instancetypes) keep(context, virtualMachineClusterInstancetypes, object);
  for (const object of preferences) keep(context, virtualMachineClusterPreferences, object);
};

/** Made once; what a user then does to it stays. */
const create = ({ store, log }: EngineContext, type: ResourceType, object: KubeObject): void => {
  if (store.get(type, object.metadata.namespace, object.metadata.name ?? '')) return;
  tried(log, () => store.create(type, object));
};

/** On a full disk what is there from before has to do. */
const tried = (log: Log, write: () => unknown): void => {
  try {
    write();
  } catch (error) {
    if (!unwritableText(error)) throw error;
    log.warn({ err: error }, 'an object of the engine itself could not be written');
  }
};

/** Kept as this version has it, as long as it carries our label. */
const keep = ({ store, log }: EngineContext, type: ResourceType, object: KubeObject): void => {
  const { namespace, name = '', labels, annotations } = object.metadata;
  const own: KubeObject = { ...object, metadata: { ...object.metadata, labels: { ...labels, [seeded]: 'true' } } };
  const old = store.get(type, namespace, name);
  if (!old) {
    tried(log, () => store.create(type, own));
    return;
  }
  if (old.metadata.labels?.[seeded] !== 'true') {
    log.info({ kind: type.kind, name }, 'an object of the same name is there already and stays as it is');
    return;
  }
  const change = (draft: KubeObject): void => {
    draft.metadata.labels = { ...own.metadata.labels };
    if (annotations) draft.metadata.annotations = { ...annotations };
    if (own.spec) draft.spec = structuredClone(own.spec);
    if (own.status && !type.statusSubresource) draft.status = structuredClone(own.status);
  };
  tried(log, () => store.mutate(type, namespace, name, change));
};

const namespace = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

const storageClass: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: 'hearth',
    annotations: {
      'storageclass.kubernetes.io/is-default-class': 'true',
      'storageclass.kubevirt.io/is-default-virt-class': 'true',
    },
  },
  provisioner: 'hearth.dev/qcow2',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
  allowVolumeExpansion: true,
};

/** Every disk here can be snapshotted: a snapshot is one more read-only layer. */
const volumeSnapshotClass: KubeObject = {
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshotClass',
  metadata: { name: 'hearth', annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } },
  driver: 'hearth.dev/qcow2',
  deletionPolicy: 'Delete',
};
