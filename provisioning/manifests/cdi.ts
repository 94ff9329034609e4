import type { Manifest } from '../plan.ts';
import type { ApplianceSettings } from '../settings.ts';

const authorities = 'hearth-trusted-ca';

/** The config map in CDI's namespace that importers trust besides the public authorities; none without own authorities. */
export const trustedAuthorities = (ca: string | undefined): Manifest[] =>
  ca === undefined
    ? []
    : [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: authorities, namespace: 'cdi' },
          // The key was ca.pem and became ca.crt (ImportProxyConfigMapKey in pkg/common); importers read every file.
          data: { 'ca.crt': ca, 'ca.pem': ca },
        },
      ];

/**
 * The CDI object. Pods do not get the host's proxy, so importers are told of it here (doc/cdi-config.md of
 * kubevirt/containerized-data-importer).
 */
export function cdiObject(choices: {
  readonly proxy?: ApplianceSettings['proxy'];
  readonly ca?: string | undefined;
}): Manifest {
  const importProxy = {
    ...(choices.proxy?.http && { HTTPProxy: choices.proxy.http }),
    ...(choices.proxy?.https && { HTTPSProxy: choices.proxy.https }),
    ...(choices.proxy?.no && { noProxy: choices.proxy.no }),
    ...(choices.ca !== undefined && { trustedCAProxy: authorities }),
  };
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'CDI',
    metadata: { name: 'cdi' },
    spec: {
      imagePullPolicy: 'IfNotPresent',
      uninstallStrategy: 'BlockUninstallIfWorkloadsExist',
      infra: { nodeSelector: { 'kubernetes.io/os': 'linux' } },
      workload: { nodeSelector: { 'kubernetes.io/os': 'linux' } },
      config: {
        featureGates: ['HonorWaitForFirstConsumer'],
        ...(Object.keys(importProxy).length > 0 && { importProxy }),
      },
    },
  };
}
