import { recognise } from '../../../../provisioning/failures/recognise.ts';
import type { RungId } from '../../../../provisioning/plan.ts';
import { rungOf, rungs } from '../../../../provisioning/ladder/rungs.ts';
import type { ApplianceNode, ApplianceUse, KnownTrouble, RungState } from '../../../contract/appliance.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import { kinds } from '../../target/kinds.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import { quantity } from '../../target/quantity.ts';
import { stateOf } from './climb.ts';
import { clusterKinds } from './cluster-kinds.ts';
import { warnings } from './evidence.ts';
import { lookAt } from './observe.ts';
import type { Lookout } from './observe.ts';
import { allOf } from './observe-cluster.ts';
import { observeUse } from './use.ts';

/** The parts of an appliance that its API tells, now. */
export interface ClusterLook {
  versions: { k3s?: string; kubevirt?: string; cdi?: string };
  ladder: RungState[];
  nodes: ApplianceNode[];
  use: ApplianceUse[];
  datastore: 'sqlite' | 'etcd';
  troubles: KnownTrouble[];
}

const server: readonly Exclude<RungId, 'smoke'>[] = ['unit', 'port', 'ca', 'readyz'];
const behind: readonly Exclude<RungId, 'smoke'>[] = ['node', 'core', 'paths', 'storage', 'kubevirt', 'cdi', 'devices'];

/** One cheap look at everything; what does not answer shows in the ladder. Throws only an AbortError. */
export async function look(lookout: Lookout, signal: AbortSignal): Promise<ClusterLook> {
  const place = await lookout.place();
  const still: Lookout = { ...lookout, place: async () => place };
  const states = new Map<RungId, RungState>();
  const restarts = place?.unit?.restarts ?? 0;
  let answers = true;
  for (const id of server) {
    // Without word from the machine itself the service may run all the same: the port tells.
    if (!answers || (id === 'unit' && !place?.unit)) continue;
    const verdict = await lookAt(id, still, restarts, signal);
    states.set(id, stateOf(rungOf(id), verdict));
    answers = verdict.state === 'pass' || id === 'unit';
  }
  if (answers)
    await Promise.all(
      behind.map(async (id) => states.set(id, stateOf(rungOf(id), await lookAt(id, still, restarts, signal)))),
    );
  const ladder = rungs.map(
    (rung): RungState =>
      states.get(rung.id) ?? {
        id: rung.id,
        title: rung.title,
        state: 'unknown',
        detail: rung.id === 'smoke' ? 'Tried at the end of an install.' : 'Not looked at.',
      },
  );
  const empty = { versions: {}, nodes: [], use: [], datastore: 'sqlite' as const, events: [] };
  const found = answers ? await orElse(ask(lookout, signal), empty, signal) : empty;
  const lines = [...(place?.journal ?? []).map((text) => ({ source: 'journal' as const, text })), ...found.events];
  const { events: _events, ...rest } = found;
  const troubles = recognise(lines);
  // Every start has errors on its way up: while all is well, only those count that stay.
  const well = answers && ladder.every(({ id, state }) => state === 'pass' || state === 'skipped' || id === 'smoke');
  const told = new Set(recognise(found.events).map(({ id }) => id));
  return { ...rest, ladder, troubles: well ? troubles.filter(({ id }) => told.has(id) || lasting.has(id)) : troubles };
}

/** Troubles that a line in the journal of a k3s which runs well still tells the truth about. */
const lasting: ReadonlySet<string> = new Set(['dns-fallback', 'slow-disk', 'iptables-old', 'cloud-setup']);

async function ask({ client }: Lookout, signal: AbortSignal) {
  const [version, nodes, machines, [kubevirt], [cdi], events] = await Promise.all([
    client.json<{ gitVersion?: string }>('GET', '/version', { signal }),
    allOf(client, kinds.nodes, signal),
    allOf(client, kinds.virtualMachineInstances, signal),
    allOf(client, clusterKinds.kubeVirts, signal),
    allOf(client, clusterKinds.cdis, signal),
    warnings(client, signal),
  ]);
  const kubevirtVersion = pickText(kubevirt, 'status', 'observedKubeVirtVersion');
  const cdiVersion = pickText(cdi, 'status', 'observedVersion');
  return {
    versions: {
      ...(version.gitVersion && { k3s: version.gitVersion }),
      ...(kubevirtVersion && { kubevirt: kubevirtVersion }),
      ...(cdiVersion && { cdi: cdiVersion }),
    },
    nodes: nodes.map((node) => nodeRow(node, machines, nodes.length)),
    use: await observeUse(
      client,
      nodes.map((node) => node.metadata.name ?? ''),
      signal,
    ),
    datastore: nodes.some((node) => node.metadata.labels?.['node-role.kubernetes.io/etcd'] === 'true')
      ? ('etcd' as const)
      : ('sqlite' as const),
    events,
  };
}

async function orElse<T>(work: Promise<T>, otherwise: T, signal: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error) return otherwise;
    throw error;
  }
}

const role = 'node-role.kubernetes.io/';

/** A node in the words of the contract. `thisOne`: the one k3s server; with more than one server nobody can tell from here. */
export function nodeRow(node: KubeObject, machines: readonly KubeObject[], count: number): ApplianceNode {
  const labels = node.metadata.labels ?? {};
  const conditions = pickList(node, 'status', 'conditions');
  const roles = Object.keys(labels)
    .filter((label) => label.startsWith(role))
    .map((label) => label.slice(role.length));
  const name = node.metadata.name ?? '';
  return {
    name,
    roles,
    ready: conditions.some((each) => each['type'] === 'Ready' && each['status'] === 'True'),
    version: pickText(node, 'status', 'nodeInfo', 'kubeletVersion') ?? '',
    addresses: pickList(node, 'status', 'addresses')
      .filter((each) => each['type'] !== 'Hostname')
      .map((each) => String(each['address'])),
    cpus: quantity(pick(node, 'status', 'capacity', 'cpu')) ?? 0,
    memory: quantity(pick(node, 'status', 'capacity', 'memory')) ?? 0,
    virtualMachines: machines.filter((each) => pickText(each, 'status', 'nodeName') === name).length,
    conditions: conditions
      .filter((each) => (each['type'] === 'Ready' ? each['status'] !== 'True' : each['status'] === 'True'))
      .map((each) => [pickText(each, 'type'), pickText(each, 'message')].filter(Boolean).join(': ')),
    thisOne: count === 1 || roles.includes('control-plane'),
  };
}
