import type { Manifest } from '../plan.ts';

/**
 * Whether containerDisks may be mounted as image volumes, KubeVirt 1.9's default. containerd 2.2.3-k3s1 mounts such a volume
 * empty and the launcher ends with `exec "/container-disk-binary/usr/bin/container-disk": no such file or directory`
 * (github.com/k3s-io/k3s/issues/14323); k3s v1.36.2 has containerd 2.3.2. A version that cannot be read counts as old.
 */
export function imageVolumeWorks(k3s: string): boolean {
  const match = /^v(\d+)\.(\d+)\.(\d+)/.exec(k3s);
  if (!match) return false;
  const [major, minor, patch] = match.slice(1).map(Number) as [number, number, number];
  if (major !== 1) return major > 1;
  return minor > 36 || (minor === 36 && patch >= 2);
}

/**
 * The KubeVirt object of a cluster of one node. Changes of a running machine are staged until its restart (there is nowhere
 * to migrate to); VirtualMachineTemplates are left out, which saves two pods. `useEmulation` makes every machine run in
 * software: with it the launcher asks for no /dev/kvm (pkg/virt-controller/services/renderresources.go).
 */
export const kubeVirtObject = (choices: {
  readonly accelerator: 'kvm' | 'tcg';
  readonly imageVolume: boolean;
}): Manifest => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'KubeVirt',
  metadata: { name: 'kubevirt', namespace: 'kubevirt' },
  spec: {
    imagePullPolicy: 'IfNotPresent',
    uninstallStrategy: 'BlockUninstallIfWorkloadsExist',
    infra: { replicas: 1 },
    workloadUpdateStrategy: {},
    configuration: {
      vmRolloutStrategy: 'Stage',
      network: { defaultNetworkInterface: 'masquerade' },
      developerConfiguration: {
        useEmulation: choices.accelerator === 'tcg',
        featureGates: ['HostDevices'],
        disabledFeatureGates: ['Template', ...(choices.imageVolume ? [] : ['ImageVolume'])],
      },
    },
  },
});

/** The operator's second replica costs 450 MiB of requests and helps nobody on one node. Applied over the release's manifest. */
export const oneOperator: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'virt-operator', namespace: 'kubevirt' },
  spec: { replicas: 1 },
};
