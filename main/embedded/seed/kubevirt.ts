import type { EngineContext } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';
import { announcedCapabilities, featureGates } from './announced.ts';
import { kubeTime } from './time.ts';

/** The KubeVirt whose API and behaviour the engine follows. */
export const kubevirtVersion = 'v1.9.0';

/** The object by which clients see that KubeVirt is there and how it is set up. */
export const kubevirtObject = (context: EngineContext): KubeObject => {
  const { config } = context;
  const now = kubeTime();
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastProbeTime: now,
    lastTransitionTime: now,
  });
  const ready = 'All components are ready.';
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'KubeVirt',
    metadata: {
      name: 'kubevirt',
      namespace: 'kubevirt',
      annotations: { 'hearth.dev/capabilities': announcedCapabilities(context) },
    },
    spec: {
      configuration: {
        developerConfiguration: {
          useEmulation: config.accelerator === 'tcg',
          ...(featureGates.length > 0 && { featureGates }),
        },
        network: { defaultNetworkInterface: 'masquerade' },
        vmRolloutStrategy: 'LiveUpdate',
      },
    },
    status: {
      phase: 'Deployed',
      operatorVersion: kubevirtVersion,
      observedKubeVirtVersion: kubevirtVersion,
      targetKubeVirtVersion: kubevirtVersion,
      conditions: [
        condition('Available', 'True', 'AllComponentsReady', ready),
        condition('Progressing', 'False', 'AllComponentsReady', ready),
        condition('Degraded', 'False', 'AllComponentsReady', ready),
        condition('Created', 'True', 'AllResourcesCreated', 'All resources were created.'),
      ],
    },
  };
};

/** The Pod at whose proxy path KubeVirt serves the metrics. */
export const virtHandlerPod = ({ config }: EngineContext): KubeObject => {
  const now = kubeTime();
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `virt-handler-${config.nodeName}`,
      namespace: 'kubevirt',
      labels: { 'kubevirt.io': 'virt-handler', 'prometheus.kubevirt.io': 'true' },
    },
    spec: {
      nodeName: config.nodeName,
      containers: [
        {
          name: 'virt-handler',
          image: `hearth-engine:${kubevirtVersion}`,
          ports: [{ name: 'metrics', containerPort: 8443, protocol: 'TCP' }],
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: '127.0.0.1',
      startTime: now,
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }],
      containerStatuses: [
        {
          name: 'virt-handler',
          image: `hearth-engine:${kubevirtVersion}`,
          imageID: '',
          ready: true,
          restartCount: 0,
          started: true,
          state: { running: { startedAt: now } },
        },
      ],
    },
  };
};
