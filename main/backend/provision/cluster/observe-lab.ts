import type { DevicesObservation, OperatorObservation } from '../../../../provisioning/ladder/observations.ts';
import type { KubeClient } from '../../target/client.ts';
import { kinds } from '../../target/kinds.ts';
import { pick, pickText } from '../../target/pick.ts';
import { quantity } from '../../target/quantity.ts';
import { clusterKinds } from './cluster-kinds.ts';
import { allOf, conditionsOf, maybe } from './observe-cluster.ts';
import { podTroubles } from './pods.ts';

const available = (service: unknown): boolean =>
  conditionsOf(service).some((each) => each.type === 'Available' && each.status === 'True');

export async function observeKubevirt(client: KubeClient, signal: AbortSignal): Promise<OperatorObservation> {
  const [[object], service, sizes, pods] = await Promise.all([
    allOf(client, clusterKinds.kubeVirts, signal),
    maybe(client, clusterKinds.apiServices, undefined, 'v1.subresources.kubevirt.io', signal),
    allOf(client, kinds.instancetypes, signal),
    allOf(client, kinds.pods, signal, 'kubevirt'),
  ]);
  return {
    found: object !== undefined,
    phase: pickText(object, 'status', 'phase') ?? '',
    conditions: conditionsOf(object),
    observedVersion: pickText(object, 'status', 'observedKubeVirtVersion') ?? '',
    targetVersion: pickText(object, 'status', 'targetKubeVirtVersion') ?? '',
    besides: [
      { what: 'its API of consoles and actions answers', holds: available(service) },
      { what: 'the sizes of machines are there', holds: sizes.length > 0 },
    ],
    pods: podTroubles(pods),
  };
}

export async function observeCdi(client: KubeClient, signal: AbortSignal): Promise<OperatorObservation> {
  const [[object], service, pods] = await Promise.all([
    allOf(client, clusterKinds.cdis, signal),
    maybe(client, clusterKinds.apiServices, undefined, 'v1beta1.upload.cdi.kubevirt.io', signal),
    allOf(client, kinds.pods, signal, 'cdi'),
  ]);
  return {
    found: object !== undefined,
    phase: pickText(object, 'status', 'phase') ?? '',
    conditions: conditionsOf(object),
    observedVersion: pickText(object, 'status', 'observedVersion') ?? '',
    targetVersion: pickText(object, 'status', 'targetVersion') ?? '',
    besides: [{ what: 'its API of uploads answers', holds: available(service) }],
    pods: podTroubles(pods),
  };
}

export async function observeDevices(
  client: KubeClient,
  accelerator: 'kvm' | 'tcg',
  signal: AbortSignal,
): Promise<DevicesObservation> {
  const nodes = await allOf(client, kinds.nodes, signal);
  const device = (node: unknown, name: string): number | undefined =>
    quantity(pick(node, 'status', 'allocatable', `devices.kubevirt.io/${name}`));
  return {
    accelerator,
    nodes: nodes.map((node) => {
      const kvm = device(node, 'kvm');
      const tun = device(node, 'tun');
      const vhost = device(node, 'vhost-net');
      return {
        name: node.metadata.name ?? '',
        schedulable: node.metadata.labels?.['kubevirt.io/schedulable'] === 'true',
        devices: {
          ...(kvm !== undefined && { kvm }),
          ...(tun !== undefined && { tun }),
          ...(vhost !== undefined && { 'vhost-net': vhost }),
        },
      };
    }),
  };
}
