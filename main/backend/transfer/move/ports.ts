import type { KubeObject } from '../../../contract/kube.ts';
import type { ObjectRef } from '../../../contract/machine-ref.ts';
import { ownerOf } from '../../machines/create.ts';
import { forwardService, machineLabel } from '../../machines/forward.ts';
import type { Forward } from '../../machines/forward.ts';
import { listServed } from '../../target/served.ts';
import { kinds } from '../../target/kinds.ts';
import { KubeError } from '../../target/kube-error.ts';
import { pickList, pickNumber, pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';

/** The ports that Hearth forwards to a machine; those that a target chose by itself have no `hostPort`. Throws KubeError. */
export async function portsOf({ client }: OpenTarget, { namespace, name }: ObjectRef): Promise<Forward[]> {
  const services = await listServed(client, kinds.services, namespace, `${machineLabel}=${name}`);
  return services.filter((each) => each.metadata.labels?.['app.kubernetes.io/managed-by'] === 'hearth').flatMap(portsOfService); // prettier-ignore
}

/** Pure. */
export function portsOfService(service: KubeObject): Forward[] {
  const asked = pickText(service, 'spec', 'type') === 'LoadBalancer';
  return pickList(service, 'spec', 'ports').map((port) => {
    const own = pickNumber(port, 'port') ?? 0;
    return {
      guestPort: pickNumber(port, 'targetPort') ?? own,
      protocol: pickText(port, 'protocol') === 'UDP' ? 'UDP' : 'TCP',
      ...(asked && { hostPort: own }),
    };
  });
}

/**
 * Forwards them to the machine on another target as well. A port of the host that is somebody else's there becomes one that
 * the target chooses; one that is there already is of an earlier try. Throws KubeError.
 */
export async function forwardPorts(
  { client }: OpenTarget,
  vm: KubeObject,
  ref: ObjectRef,
  ports: readonly Forward[],
): Promise<void> {
  const owner = ownerOf(ref.name, vm.metadata.uid ?? '');
  const make = async (forward: Forward): Promise<void> => {
    const service = forwardService(ref, forward);
    const object = { ...service, metadata: { ...service.metadata, ownerReferences: [owner] } };
    await client.create(kinds.services, object);
  };
  for (const forward of ports)
    try {
      await make(forward);
    } catch (error) {
      if (!(error instanceof KubeError) || ![409, 422].includes(error.code)) throw error;
      if (error.reason === 'AlreadyExists') continue;
      if (forward.hostPort === undefined) throw error;
      await make({ guestPort: forward.guestPort, protocol: forward.protocol });
    }
}
