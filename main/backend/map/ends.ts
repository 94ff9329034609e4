import type { Duplex } from 'node:stream';
import type { KubeObject } from '../../contract/kube.ts';
import type { LineStep, LineWish } from '../../contract/map.ts';
import { openPodPort } from '../target/port-forward.ts';
import { pause } from '../target/live-list.ts';
import { isNotFound, notListening } from '../target/kube-error.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { pickList, pickText, pickTexts } from '../target/pick.ts';
import { openStream } from '../target/streams.ts';
import type { OpenTarget } from '../target/target.ts';
import { runningPod } from '../pods/forwards.ts';
import { networkId } from '../networks/nics.ts';
import { podNetworkId } from './graph.ts';

/** One end of a line, as the target has it now. */
export interface End {
  name: string;
  machine?: { vm: KubeObject; namespace: string; name: string };
  pod?: { namespace: string; name: string; container: string };
  /** Why nothing can go there or come from there. */
  off?: { says: string; fix: string };
  /** Its addresses by network, those whose cable is in first. */
  cards: { network: string; address?: string; unplugged: boolean; interface?: string }[];
}
type Side = LineWish['from'] | LineWish['to'];

/** Who stands at one end; undefined for what is no object of the target. Throws KubeError. */
export async function endOf(target: OpenTarget, side: Side, signal: AbortSignal): Promise<End | undefined> {
  if (side.kind === 'outside' || side.kind === 'address') return undefined;
  const { namespace, name } = side;
  if (side.kind === 'VirtualMachine') return machineEnd(target, { namespace, name }, signal);
  const gone: End = { name, cards: [], off: { says: `${name} has no Pod that runs.`, fix: 'Its page under Containers says why.' } }; // prettier-ignore
  const pod = await runningPod(target, side, signal).catch(orUndefined);
  if (!pod) return gone;
  const address = pickText(pod, 'status', 'podIP');
  return {
    name,
    pod: { namespace, name: pod.metadata.name ?? '', container: pickText(pickList(pod, 'spec', 'containers')[0], 'name') ?? '' }, // prettier-ignore
    cards: [{ network: podNetworkId, unplugged: false, ...(address && { address }) }],
  };
}

const orUndefined = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
};

async function machineEnd(target: OpenTarget, ref: { namespace: string; name: string }, signal: AbortSignal): Promise<End> {
  const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name, signal).catch(orUndefined);
  if (!vm) return { name: ref.name, cards: [], off: { says: `There is no machine ${ref.name} (any more).`, fix: 'Choose another one.' } };
  const instance = await target.client.get(kinds.virtualMachineInstances, ref.namespace, ref.name, signal).catch(orUndefined);
  const states = pickList(instance, 'status', 'interfaces');
  const nics = pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'interfaces');
  const cards = pickList(instance, 'spec', 'networks').flatMap((network) => {
    const state = nics.find((nic) => nic['name'] === network['name'])?.['state'];
    // It is being taken out.
    if (state === 'absent') return [];
    const seen = states.find((each) => each['name'] === network['name']);
    const address = (pickTexts(seen, 'ipAddresses')[0] ?? pickText(seen, 'ipAddress'))?.split('/')[0];
    return [{ network: networkId(network, ref.namespace), unplugged: state === 'down', interface: String(network['name']), ...(address && { address }) }];
  });
  const end: End = { name: ref.name, machine: { vm, ...ref }, cards: cards.toSorted((a, b) => Number(a.unplugged) - Number(b.unplugged)) };
  if (pickText(instance, 'status', 'phase') === 'Running') return end;
  return { ...end, off: { says: `The machine ${ref.name} does not run.`, fix: 'Start it; its page says why where it does not.' } };
} // prettier-ignore

/** Where both are; a private network before the pod network, plugged before unplugged. Pure. */
export function common(from: End, to: End): { from: End['cards'][number]; to: End['cards'][number] } | undefined {
  const pairs = to.cards.flatMap((card) =>
    from.cards.filter(({ network }) => network === card.network).map((own) => ({ from: own, to: card })),
  );
  const cost = ({ from: a, to: b }: (typeof pairs)[number]): number =>
    Number(a.unplugged || b.unplugged) * 4 + Number(b.address === undefined) * 2 + Number(b.network === podNetworkId);
  return pairs.toSorted((a, b) => cost(a) - cost(b))[0];
}

/** Milliseconds that a connection has to live to count as taken: one that nobody wants is cut at once. */
const settleMs = 300;

/** Asks the port of an end from the target itself, past all networks between. */
export async function askFar(target: OpenTarget, end: End, port: number, signal: AbortSignal): Promise<LineStep> {
  let stream: Duplex;
  try {
    stream = end.pod
      ? await openPodPort(target.client, end.pod, port, signal)
      : await openStream(target.client, subresourcePath(kinds.virtualMachineInstances, end.machine ?? { namespace: '', name: '' }, 'portforward', String(port), 'tcp'), signal); // prettier-ignore
  } catch (error) {
    const how = notListening(error);
    if (how === undefined) throw error;
    return closed(end.name, port, how);
  }
  try {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    stream.on('error', () => resolve(false));
    for (const over of ['end', 'close'] as const) stream.once(over, () => resolve(false));
    stream.once('data', () => resolve(true));
    const cut = await Promise.race([promise, pause(settleMs, signal)]);
    signal.throwIfAborted();
    if (cut === false) return closed(end.name, port, 'closed');
    return {
      id: 'far',
      state: 'ok',
      says: `Asked by the target itself, ${end.name} takes connections on port ${port}.`,
    };
  } finally {
    stream.destroy();
  }
}
const closed = (name: string, port: number, how: 'closed' | 'silent'): LineStep => ({
  id: 'far',
  state: 'failed',
  says: how === 'closed' ? `Nothing in ${name} listens on port ${port}.` : `${name} does not answer on port ${port}, not even to the target itself.`, // prettier-ignore
  fix: how === 'closed' ? 'Start the program that is to listen there, on 0.0.0.0 rather than 127.0.0.1, or choose its port.' : 'See whether it has booted, has its address, and whether a firewall in it drops the port.', // prettier-ignore
});
