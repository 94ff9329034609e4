import type { EngineContext } from '../../kube/context.ts';
import { groupResource, virtualMachineInstances, virtualMachines } from '../../kube/resources.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { notFound, StatusError } from '../../kube/status-error.ts';
import type { Stored } from '../../kube/object.ts';
import type { Subresource, SubresourceAnswer, SubresourceRequest } from '../../kube/subresource.ts';
import type { Disks } from '../../kube/block.ts';
import type { Forwards } from '../../network/forwards.ts';
import type { Fleet } from '../fleet.ts';
import type { Machine } from '../qemu/machine.ts';
import { phaseOf } from '../spec.ts';

/** What the subresources work with. */
export interface SubresourceTools {
  context: EngineContext;
  disks: Disks;
  fleet: Fleet;
  forwards: Forwards;
}

type Target = Pick<SubresourceRequest, 'namespace' | 'name'>;

function fetch(tools: SubresourceTools, type: ResourceType, { namespace, name }: Target): Stored {
  const object = tools.context.store.get(type, namespace, name);
  if (!object) throw notFound(groupResource(type).replace(/^([^.]+)s\./, '$1.'), name);
  return object;
}
export const fetchVm = (tools: SubresourceTools, target: Target): Stored => fetch(tools, virtualMachines, target);
export const fetchVmi = (tools: SubresourceTools, target: Target): Stored =>
  fetch(tools, virtualMachineInstances, target);

/** KubeVirt's refusal: 409 with the kind in front. */
export function refuse(type: ResourceType, name: string, message: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${type.singular}.kubevirt.io "${name}": ${message}`,
    {
      details: { group: 'kubevirt.io', kind: type.singular, name },
    },
  );
}

/** The machine of a running instance. Throws 409 otherwise. */
export function runningMachine(tools: SubresourceTools, target: Target): { vmi: Stored; machine: Machine } {
  const vmi = fetchVmi(tools, target);
  const machine = tools.fleet.get(vmi.metadata.uid);
  if (!machine || phaseOf(vmi) !== 'Running') throw refuse(virtualMachineInstances, target.name, 'VMI is not running');
  return { vmi, machine };
}

type Handle = (request: SubresourceRequest) => Promise<SubresourceAnswer> | SubresourceAnswer;
export const put = (resource: ResourceType, name: string, handle: Handle): Subresource => ({
  kind: 'call', resource, name, method: 'PUT', handle: async (request) => handle(request),
}); // prettier-ignore
export const read = (resource: ResourceType, name: string, handle: Handle): Subresource => ({
  kind: 'call', resource, name, method: 'GET', handle: async (request) => handle(request),
}); // prettier-ignore

/** The body's fields, whatever they are. */
export const bodyOf = (request: SubresourceRequest): Record<string, unknown> =>
  typeof request.body === 'object' && request.body !== null ? (request.body as Record<string, unknown>) : {};

/** `dryRun: ["All"]` in the body, or in the query. */
export const isDryRun = (request: SubresourceRequest): boolean => {
  const asked = bodyOf(request)['dryRun'];
  return request.dryRun || (Array.isArray(asked) && asked.includes('All'));
};
