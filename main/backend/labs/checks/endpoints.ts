import type { Duplex } from 'node:stream';
import type { KubeObject } from '../../../contract/kube.ts';
import { selects } from '../../machines/forward.ts';
import { isNotFound, KubeError, notListening } from '../../target/kube-error.ts';
import { kinds, subresourcePath } from '../../target/kinds.ts';
import { pick, pickList, pickNumber, pickText } from '../../target/pick.ts';
import { openPodPort } from '../../target/port-forward.ts';
import { listServed } from '../../target/served.ts';
import { openStream } from '../../target/streams.ts';
import { runningInstance } from './instance.ts';
import type { LookContext } from './look-types.ts';

/** One place that a port leads to, inside the lab. */
export interface Endpoint {
  readonly name: string;
  readonly port: number;
  /** A connection through the target: none of this computer's networks is used. Rejects with KubeError. */
  open(signal: AbortSignal): Promise<Duplex>;
}
/** A namespace of a target. */
type Place = Pick<LookContext, 'target' | 'namespace'>;
export interface Where {
  machine?: string | undefined;
  service?: string | undefined;
  port: number;
}

/** In words, for sentences. */
export const placeOf = ({ machine, service, port }: Where): string =>
  `Port ${port} of ${machine ?? `the service ${service ?? ''}`}`;

/**
 * What is behind a port of a machine, or of a service of the lab: the running machines that it selects, and on clusters its
 * other ready Pods. `none` says in words why there is nothing.
 */
export async function endpointsOf(
  context: Place,
  where: Where,
  signal: AbortSignal,
): Promise<{ all: [Endpoint, ...Endpoint[]]; none?: never } | { all?: never; none: string }> {
  const { machine, service, port } = where;
  if (machine !== undefined) {
    const { off } = await runningInstance(context, machine, signal);
    return off === undefined ? { all: [machineEndpoint(context, machine, port)] } : { none: off };
  }
  if (service === undefined) return { none: 'The check names neither a machine nor a service.' };
  const { client } = context.target;
  let object: KubeObject;
  try {
    object = await client.get(kinds.services, context.namespace, service, signal);
  } catch (error) {
    if (isNotFound(error)) return { none: `There is no service ${service} yet.` };
    throw error;
  }
  const entry = pickList(object, 'spec', 'ports').find((each) => pickNumber(each, 'port') === port);
  if (!entry) return { none: `The service ${service} has no port ${port}.` };
  const found = [
    ...(await machinesBehind(context, object, entry, signal)),
    ...(await podsBehind(context, object, entry)),
  ];
  const [first, ...rest] = found;
  if (!first)
    return { none: `No machine that runs is behind the service ${service}: look at its selector and at their labels.` };
  return { all: [first, ...rest] };
}

async function machinesBehind(
  context: Place,
  service: KubeObject,
  entry: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Endpoint[]> {
  const { items } = await context.target.client.listPage(kinds.virtualMachineInstances, context.namespace, { limit: 500 }, signal); // prettier-ignore
  return items.flatMap((instance) => {
    const { name = '', labels = {} } = instance.metadata;
    if (pickText(instance, 'status', 'phase') !== 'Running' || !selects(service, labels)) return [];
    const named = pickList(instance, 'spec', 'domain', 'devices', 'interfaces').flatMap((nic) =>
      pickList(nic, 'ports'),
    );
    const port = targetPort(entry, (wanted) => pickNumber(named.find((each) => each['name'] === wanted), 'port')); // prettier-ignore
    return port === undefined ? [] : [machineEndpoint(context, name, port)];
  });
}

async function podsBehind(context: Place, service: KubeObject, entry: Record<string, unknown>): Promise<Endpoint[]> {
  const { client } = context.target;
  const selector = Object.entries((pick(service, 'spec', 'selector') ?? {}) as Record<string, string>);
  if (selector.length === 0) return [];
  let pods: KubeObject[];
  try {
    pods = await listServed(client, kinds.pods, context.namespace, selector.map(([name, value]) => `${name}=${value}`).join(',')); // prettier-ignore
  } catch (error) {
    // Machines are enough for most labs; whoever may not see Pods is not kept from them.
    if (error instanceof KubeError && error.code === 403) return [];
    throw error;
  }
  return pods.flatMap((pod) => {
    const { name = '', namespace = '', labels = {} } = pod.metadata;
    // The Pod of a machine: the machine itself stands for it.
    if (labels['kubevirt.io'] === 'virt-launcher') return [];
    const ready = pickList(pod, 'status', 'conditions').some((each) => each['type'] === 'Ready' && each['status'] === 'True'); // prettier-ignore
    const named = pickList(pod, 'spec', 'containers').flatMap((container) => pickList(container, 'ports'));
    const port = targetPort(entry, (wanted) => pickNumber(named.find((each) => each['name'] === wanted), 'containerPort')); // prettier-ignore
    if (!ready || port === undefined) return [];
    return [{ name, port, open: (signal: AbortSignal) => openPodPort(client, { namespace, name }, port, signal) }];
  });
}

/** The port inside of what a service leads to: a number, or the number of a name. */
function targetPort(entry: Record<string, unknown>, byName: (name: string) => number | undefined): number | undefined {
  const wanted = entry['targetPort'];
  if (typeof wanted === 'number') return wanted;
  if (typeof wanted === 'string') return /^\d+$/.test(wanted) ? Number(wanted) : byName(wanted);
  return pickNumber(entry, 'port');
}

function machineEndpoint({ target, namespace }: Place, machine: string, port: number): Endpoint {
  const path = subresourcePath(kinds.virtualMachineInstances, { namespace, name: machine }, 'portforward', String(port), 'tcp'); // prettier-ignore
  return { name: machine, port, open: (signal) => openStream(target.client, path, signal) };
}

/** Why nobody takes a connection, in words; undefined where an error of `open` means that it could not be looked at. */
export function closedWords(error: unknown): string | undefined {
  const how = notListening(error);
  return how && (how === 'closed' ? 'it is closed' : 'nobody answers there');
}
