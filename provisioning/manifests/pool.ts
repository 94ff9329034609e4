import { stringify } from 'yaml';
import type { ClusterStep, Download } from '../plan.ts';

/** Made by the root helper: a thin pool in a volume group. */
const volumeGroup = 'hearth';
const thinPool = 'pool';
/** The storage class of the pool, and its snapshot class. */
export const poolClass = 'hearth-pool';
/** The HelmChart that k3s installs TopoLVM from; in kube-system. */
export const poolChart = 'topolvm';
export const poolDriver = 'topolvm.io';

const topolvm = '17.2.0';
const snapshotter = 'v8.5.0';

const snapshotFile = (name: string, title: string, file: string, size: number): Download => ({
  name,
  title,
  url: `https://raw.githubusercontent.com/kubernetes-csi/external-snapshotter/${snapshotter}/${file}`,
  size,
});
const crd = (plural: string, size: number): Download =>
  snapshotFile(`snapshot-crd-${plural}`, `The ${plural} kind of Kubernetes`, `client/config/crd/snapshot.storage.k8s.io_${plural}.yaml`, size); // prettier-ignore
const controller = 'deploy/kubernetes/snapshot-controller';

/** What a pool needs besides: kinds and controller of snapshots, which k3s does not bring. Sizes are about. */
export const poolDownloads: readonly Download[] = [
  crd('volumesnapshotclasses', 9_000),
  crd('volumesnapshotcontents', 32_000),
  crd('volumesnapshots', 24_000),
  snapshotFile('snapshot-rbac', 'Rights of the snapshot controller', `${controller}/rbac-snapshot-controller.yaml`, 4_000),
  snapshotFile('snapshot-controller', 'The snapshot controller', `${controller}/setup-snapshot-controller.yaml`, 2_000),
]; // prettier-ignore

/** Told before a pool is chosen. */
export const poolRisks: readonly string[] = [
  'A thin pool that runs full pauses every virtual machine on it; the pool cannot promise more than is free.',
  'A pool in a file is a disk in a disk: slower than local folders, and the file must be attached before k3s starts.',
  "TopoLVM names Kubernetes up to 1.35 as tested; this uses 1.36. Its chart and images are fetched by k3s itself, so a pool needs the internet during the install even with an offline bundle.",
]; // prettier-ignore

/**
 * TopoLVM 0.41 by its own chart (charts/topolvm of github.com/topolvm/topolvm), without its webhook, which would need
 * cert-manager: the scheduler knows free space through storage capacity tracking. The class is the default for disks of
 * machines; `local-path` stays the default for the rest, since k3s would set that back at every start. Never run on a
 * real cluster so far.
 */
export const poolSteps = (): ClusterStep[] => [
  ...poolDownloads.map(({ name, title }): ClusterStep => ({
    id: name,
    title: `Apply: ${title.toLowerCase()}`,
    action: { kind: 'apply-download', name },
  })),
  {
    id: 'pool-driver',
    title: 'Ask for the driver of the pool (TopoLVM)',
    action: {
      kind: 'apply',
      objects: [
        {
          apiVersion: 'helm.cattle.io/v1',
          kind: 'HelmChart',
          metadata: { name: poolChart, namespace: 'kube-system' },
          spec: {
            repo: 'https://topolvm.github.io/topolvm',
            chart: 'topolvm',
            version: topolvm,
            targetNamespace: 'topolvm-system',
            createNamespace: true,
            valuesContent: stringify(values),
          },
        },
        {
          apiVersion: 'snapshot.storage.k8s.io/v1',
          kind: 'VolumeSnapshotClass',
          metadata: { name: poolClass, annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } },
          driver: poolDriver,
          deletionPolicy: 'Delete',
        },
      ],
    },
  },
  { id: 'rung-storage-pool', title: 'Wait for the driver of the pool', action: { kind: 'rung', rung: 'storage' } },
];

const values = {
  controller: { replicaCount: 1 },
  // One process less: lvmd lives in the node's pod.
  node: { lvmdEmbedded: true },
  lvmd: {
    managed: false,
    deviceClasses: [
      {
        name: 'thin',
        'volume-group': volumeGroup,
        default: true,
        type: 'thin',
        // 1: the sum of all disks never exceeds the pool, so it cannot run full by promises alone (snapshots still count).
        'thin-pool': { name: thinPool, 'overprovision-ratio': 1 },
      },
    ],
  },
  webhook: { podMutatingWebhook: { enabled: false } },
  snapshot: { enabled: true },
  storageClasses: [
    {
      name: poolClass,
      storageClass: {
        fsType: 'ext4',
        isDefaultClass: false,
        volumeBindingMode: 'WaitForFirstConsumer',
        allowVolumeExpansion: true,
        annotations: { 'storageclass.kubevirt.io/is-default-virt-class': 'true' },
        additionalParameters: { [`${poolDriver}/device-class`]: 'thin' },
      },
    },
  ],
};
