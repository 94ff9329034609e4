import type { KubeObject, Stored } from '../../kube/object.ts';
import { apiVersionOf, virtualMachineInstances } from '../../kube/resources.ts';
import { ownedBy, uuidFrom, vmSpec } from '../spec.ts';
import type { VmiSpec } from '../spec.ts';
import { setLimits } from './limits.ts';
import type { LimitConfig } from './limits.ts';
import { instanceFinalizer } from '../vmi/controller.ts';

/** The instance of a machine, from its expanded spec. Pure. */
export function instanceOf(
  vm: Stored,
  expanded: { spec: VmiSpec; annotations: Record<string, string> },
  paused: boolean,
  config: LimitConfig,
): KubeObject {
  const { name, namespace, uid, generation } = vm.metadata;
  const spec = structuredClone(expanded.spec);
  const metadata = (vmSpec(vm).template.metadata ?? {}) as KubeObject['metadata'];
  // Stays the same over restarts: cloud-init runs once for each firmware UUID.
  spec.domain.firmware = { ...spec.domain.firmware, uuid: spec.domain.firmware?.uuid ?? uuidFrom(`firmware ${uid}`) };
  defaultNetwork(spec);
  setLimits(spec, config);
  if (paused) spec.startStrategy = 'Paused';
  return {
    apiVersion: apiVersionOf(virtualMachineInstances),
    kind: virtualMachineInstances.kind,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      labels: { ...metadata.labels, 'vmi.kubevirt.io/id': name.slice(0, 63) },
      annotations: {
        ...expanded.annotations,
        ...metadata.annotations,
        'kubevirt.io/vm-generation': String(generation ?? 1),
      },
      finalizers: [instanceFinalizer],
      ownerReferences: [ownedBy(vm)],
    },
    spec: spec as unknown as Record<string, unknown>,
  };
}

/** KubeVirt attaches the pod network where nothing else is said. */
function defaultNetwork(spec: VmiSpec): void {
  const { devices } = spec.domain;
  if (devices.autoattachPodInterface === false || devices.interfaces?.length || spec.networks?.length) return;
  devices.interfaces = [{ name: 'default', masquerade: {} }];
  spec.networks = [{ name: 'default', pod: {} }];
}
