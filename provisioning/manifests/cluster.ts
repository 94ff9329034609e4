import type { ClusterStep, Manifest, RungId } from '../plan.ts';
import type { ApplianceSettings } from '../settings.ts';
import { cdiObject, trustedAuthorities } from './cdi.ts';
import { hearthObjects } from './hearth.ts';
import { imageVolumeWorks, kubeVirtObject, oneOperator } from './kubevirt.ts';
import { poolSteps } from './pool.ts';
import { localPathProfile } from './storage.ts';

/** What decides about KubeVirt and CDI on any cluster that Hearth sets up. */
export interface LabChoices {
  readonly accelerator: ApplianceSettings['accelerator'];
  /** Whether containerd there mounts image volumes; see `imageVolumeWorks`. */
  readonly imageVolume: boolean;
  /** The class of rancher.io/local-path there: `local-path` in k3s, `standard` in kind. */
  readonly localPathClass: string;
  readonly proxy?: ApplianceSettings['proxy'];
  readonly ca?: string | undefined;
}

/**
 * What is done through the Kubernetes API once k3s is started: the ladder up to storage, the pool's driver where one was
 * chosen, KubeVirt, CDI, what Hearth itself needs, and a first virtual machine as proof. Pure; `settings` were checked.
 * Names of downloads used: `kubevirt-operator`, `cdi-operator`, and for a pool those of `poolDownloads`.
 */
export function clusterSteps(settings: ApplianceSettings): ClusterStep[] {
  return [
    ...(['unit', 'port', 'ca', 'readyz', 'node', 'core', 'paths', 'storage'] as const).map(rung),
    ...(settings.storage === 'local-path' ? [] : poolSteps()),
    ...labSteps({
      accelerator: settings.accelerator,
      imageVolume: imageVolumeWorks(settings.versions.k3s),
      localPathClass: 'local-path',
      proxy: settings.proxy,
      ca: settings.ca,
    }),
    rung('smoke'),
  ];
}

/** KubeVirt, CDI and Hearth's own objects, for any cluster whose storage stands. */
export const labSteps = (choices: LabChoices): ClusterStep[] => [
  download('kubevirt-operator', 'Apply the operator of KubeVirt', 'kubevirt-operator'),
  apply('kubevirt-operator-replicas', 'Run one replica of the operator', [oneOperator]),
  apply('kubevirt', 'Ask for KubeVirt', [kubeVirtObject(choices)]),
  download('cdi-operator', 'Apply the operator of CDI', 'cdi-operator'),
  apply('cdi', 'Ask for CDI', [...trustedAuthorities(choices.ca), cdiObject(choices)]),
  rung('kubevirt'),
  rung('cdi'),
  apply('storage-profile', 'Tell CDI what local folders can do', [localPathProfile(choices.localPathClass)]),
  apply('hearth-objects', "Make Hearth's namespace for images", hearthObjects),
  rung('devices'),
];

const titles: Record<RungId, string> = {
  unit: 'Wait for the service',
  port: 'Wait for the port of the API server',
  ca: 'Check the certificate authority',
  readyz: 'Wait until the API server is ready',
  node: 'Wait for the node',
  core: 'Wait for the core services',
  paths: 'Check the ways between pods and the API server',
  storage: 'Check the default storage class',
  kubevirt: 'Wait for KubeVirt',
  cdi: 'Wait for CDI',
  devices: 'Check the devices for virtual machines',
  smoke: 'Start a first virtual machine',
};
const rung = (id: RungId): ClusterStep => ({ id: `rung-${id}`, title: titles[id], action: { kind: 'rung', rung: id } });
const apply = (id: string, title: string, objects: readonly Manifest[]): ClusterStep => ({
  id,
  title,
  action: { kind: 'apply', objects },
});
const download = (id: string, title: string, name: string): ClusterStep => ({
  id,
  title,
  action: { kind: 'apply-download', name },
});
