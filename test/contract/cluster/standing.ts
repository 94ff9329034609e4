import { smokeRef } from '../../../provisioning/manifests/smoke.ts';
import type { ScriptedApi } from './scripted-api.ts';

export const smokePath = `/apis/kubevirt.io/v1/namespaces/${smokeRef.namespace}/virtualmachineinstances/${smokeRef.name}`;
const available = [{ type: 'Available', status: 'True', reason: 'AllComponentsReady' }];
const metrics = (memory: string, cpu: string) => ({ containers: [{ usage: { memory, cpu } }] });

/** The answers of a k3s with KubeVirt and CDI on it, all well. A first machine runs as soon as it is made. */
export function standingCluster(api: ScriptedApi): void {
  api.put('/api/v1/nodes/lab', {
    metadata: { labels: { 'node-role.kubernetes.io/control-plane': 'true', 'kubevirt.io/schedulable': 'true' } },
    status: {
      nodeInfo: { kubeletVersion: 'v1.36.3+k3s1', architecture: 'amd64' },
      conditions: [
        { type: 'Ready', status: 'True', message: 'kubelet is posting ready status' },
        { type: 'DiskPressure', status: 'False' },
      ],
      capacity: { cpu: '4', memory: '8Gi' },
      addresses: [
        { type: 'InternalIP', address: '10.254.254.1' },
        { type: 'Hostname', address: 'lab' },
      ],
      allocatable: {
        'devices.kubevirt.io/kvm': '1k',
        'devices.kubevirt.io/tun': '1k',
        'devices.kubevirt.io/vhost-net': '1k',
      },
    },
  });
  for (const name of ['coredns', 'local-path-provisioner', 'metrics-server'])
    api.put(`/apis/apps/v1/namespaces/kube-system/deployments/${name}`, {
      spec: { replicas: 1 },
      status: { availableReplicas: 1 },
    });
  for (const name of ['v1beta1.metrics.k8s.io', 'v1.subresources.kubevirt.io', 'v1beta1.upload.cdi.kubevirt.io'])
    api.put(`/apis/apiregistration.k8s.io/v1/apiservices/${name}`, { status: { conditions: available } });
  api.put('/apis/storage.k8s.io/v1/storageclasses/local-path', {
    metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'rancher.io/local-path',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  api.put('/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt', {
    status: {
      phase: 'Deployed',
      conditions: available,
      observedKubeVirtVersion: 'v1.9.0',
      targetKubeVirtVersion: 'v1.9.0',
    },
  });
  api.put('/apis/cdi.kubevirt.io/v1beta1/cdis/cdi', {
    status: { phase: 'Deployed', conditions: available, observedVersion: 'v1.66.0', targetVersion: 'v1.66.0' },
  });
  api.put('/apis/instancetype.kubevirt.io/v1beta1/virtualmachineclusterinstancetypes/u1.small', {});
  api.put('/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances/web', {
    status: { nodeName: 'lab', phase: 'Running' },
  });
  api.put('/apis/metrics.k8s.io/v1beta1/namespaces/kube-system/pods/coredns-1', metrics('50Mi', '5m'));
  api.put('/apis/metrics.k8s.io/v1beta1/namespaces/kubevirt/pods/virt-api-1', metrics('140Mi', '2m'));
  api.script(({ method, path }) => {
    if (method !== 'GET') return undefined;
    if (path === '/version') return { status: 200, body: { gitVersion: 'v1.36.3+k3s1' } };
    if (path.startsWith('/readyz')) return { status: 200, body: '[+]ping ok\nreadyz check passed\n' };
    if (path.endsWith('/nodes/lab/proxy/stats/summary'))
      return {
        status: 200,
        body: {
          node: {
            systemContainers: [
              { name: 'kubelet', memory: { workingSetBytes: 600 * 2 ** 20 }, cpu: { usageNanoCores: 100_000_000 } },
            ],
          },
        },
      };
    const made = path === smokePath ? api.store.get(smokePath) : undefined;
    if (made && !made.status) return { status: 200, body: { ...made, status: { phase: 'Running' } } };
    return undefined;
  });
}
