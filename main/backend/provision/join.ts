import { join } from 'node:path';
import type { Problem } from '../../contract/problem.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { PlanFacts } from '../../../provisioning/facts.ts';
import { addressTowards, checkJoin, joinPlan, moveNodePlan } from '../../../provisioning/plans/join.ts';
import { tokenPlan } from '../../../provisioning/plans/run.ts';
import { recommended } from '../../../provisioning/versions.ts';
import { pause } from '../target/live-list.ts';
import { checkedFacts, clusterOf, planRunParts } from './flows.ts';
import type { FlowParts } from './flows.ts';
import { refuseFields } from './install.ts';
import { serverOf } from './join-offer.ts';
import { readLedger } from './ledger.ts';
import type { Place } from './place.ts';
import { runPlan } from './plan-run.ts';
import type { ApplianceRecord } from './record.ts';
import { takeAway } from './work.ts';
import type { Run } from './work.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds a node that was joined may take until it is Ready: its images come over the network. */
const nodePatience = 15 * 60_000;

/** Why a second machine cannot join as things are; undefined: it can. */
export function joinProblem(record: ApplianceRecord): Problem | undefined {
  const { settings, state, placeTitle } = record;
  if (state === 'half')
    return {
      code: 'join-half',
      title: 'The install did not end yet',
      detail: `The appliance on ${placeTitle} is half installed.`,
      fix: 'Finish the install first.',
      kind: 'denied',
    };
  if (settings.mode === 'lan' && settings.address) return undefined;
  return {
    code: 'join-solo',
    title: 'A second machine cannot reach this appliance',
    detail: 'It is installed in solo mode: its node has an address that exists on this computer only.',
    cause: 'Solo mode makes it immune to changes of the network, at the price of being alone.',
    fix: 'Make a backup, export the virtual machines, uninstall, and install again in LAN mode with a reserved address. Then others can join.',
    kind: 'denied',
  };
}

/** A token that lets agents join for `hours`; it is never the server's own, and nothing writes it down here. */
export async function makeToken(parts: FlowParts, run: Run, hours: number): Promise<string> {
  const { values } = await runPlan(run, tokenPlan(hours), undefined, planRunParts(parts));
  const [token] = Object.values(values);
  // K10<CA hash>::<id>.<secret>, or without the hash; the server's own is K10<CA hash>::server:<password> (k3s token).
  if (token && /^(?:K10[\w.-]+::)?[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token)) return token;
  throw new ProblemError({
    code: 'join-token-missing',
    title: 'k3s gave no token',
    detail: 'The helper ran `k3s token create`, and what it printed is not a join token.',
    fix: 'See whether k3s is ready, then try again.',
  });
}

/** Makes the machine at `node` an agent of this appliance, and waits until it is Ready. */
export async function joinOverSsh(
  parts: FlowParts,
  run: Run,
  input: { nodeName: string; nodeSudo: string | undefined; openNode: () => Promise<Place> },
): Promise<void> {
  const record = parts.records.need(run.id);
  const problem = joinProblem(record);
  if (problem) throw new ProblemError(problem);
  run.step('Make a join token');
  const token = await makeToken(parts, run, 1);
  const node = await input.openNode();
  try {
    const there: Run = {
      ...run,
      place: node,
      password: input.nodeSudo,
      // The record is the appliance's; what is done on the node stands in the node's own ledger.
      id: `node-of-${run.id}`,
    };
    await joinAt(parts, there, {
      server: serverOf(record),
      token,
      nodeName: input.nodeName,
      settings: record.settings,
    });
    await waitForNode(parts, run, record, input.nodeName);
  } finally {
    await takeAway(node, (text) => run.log('warning', text));
    await node.close();
  }
}

/** The part of a join that is done on the machine that joins. Resolves with the address that its node has. */
export async function joinAt(
  parts: FlowParts,
  run: Run,
  input: { server: string; token: string; nodeName: string; settings: ApplianceRecord['settings']; address?: string },
): Promise<string> {
  const settings = {
    ...input.settings,
    mode: 'lan' as const,
    nodeName: input.nodeName,
    etcd: false,
    address: input.address,
  };
  const { server, token } = input;
  refuseFields(checkJoin({ server, token, settings }));
  const { facts } = await checkedFacts(parts, run, settings);
  const address = settings.address ?? towards(server, facts);
  const fitting = { ...settings, address };
  await runPlan(run, joinPlan({ server, token, settings: fitting, facts }), fitting, planRunParts(parts));
  return address;
}

/** What is done on a machine that joined before when it has another address. Resolves with that. */
export async function moveNode(
  parts: FlowParts,
  run: Run,
  { server, nodeName }: { server: string; nodeName: string },
): Promise<string> {
  const joined = (await readLedger(run.place)).some(
    ({ kind, fields, state }) => kind === 'enable' && fields[0] === 'k3s-agent' && state === 'done',
  );
  if (!joined) throw notJoined(run.place.title);
  const settings = agentSettings(nodeName, recommended, undefined);
  const { facts } = await checkedFacts(parts, run, settings, true);
  const address = towards(server, facts);
  const fitting = { ...settings, address };
  await runPlan(run, moveNodePlan({ server, settings: fitting, facts }), fitting, planRunParts(parts));
  return address;
}

const notJoined = (place: string): ProblemError =>
  new ProblemError({
    code: 'not-joined',
    title: 'This machine is no node',
    detail: `k3s was not installed on ${place} as a node of another machine, or it was taken away.`,
    fix: 'Join it again.',
    kind: 'denied',
  });

function towards(server: string, facts: PlanFacts): string {
  const address = addressTowards(server, facts);
  if (address !== undefined) return address;
  throw new ProblemError({
    code: 'join-no-way',
    title: 'This machine has no way to the appliance',
    detail: `None of its addresses is on a network that leads to ${server}, and it has no default route.`,
    fix: 'Connect it to the network of the appliance, then join again.',
  });
}

async function waitForNode(parts: FlowParts, run: Run, record: ApplianceRecord, nodeName: string): Promise<void> {
  run.step(`Wait until ${nodeName} is ready`);
  const cluster = await clusterOf(parts, join(run.folder, 'kubeconfig'), record.settings, run.place);
  try {
    for (const deadline = monotonic() + nodePatience; ; await pause(3000, run.signal)) {
      run.signal.throwIfAborted();
      const { nodes } = await cluster.look({ signal: run.signal });
      const node = nodes.find(({ name }) => name === nodeName);
      if (node?.ready) return;
      run.task.update({ detail: node ? node.conditions.join('; ') || 'not ready yet' : 'not seen yet' });
      if (monotonic() > deadline)
        throw new ProblemError({
          code: node ? 'node-not-ready' : 'node-not-seen',
          title: node ? 'The new node does not become ready' : 'The new node never appeared',
          detail: node?.conditions.join('; ') ?? `No node ${nodeName} registered within 15 minutes.`,
          cause: node ? undefined : 'It cannot reach port 6443 of the appliance, or its name is taken already.',
          fix: 'On that machine: `journalctl -u k3s-agent -n 50`.',
        });
    }
  } finally {
    cluster.close();
    run.task.update({ detail: undefined });
  }
}

/** Settings of a machine that joins and was told nothing but the server. */
export const agentSettings = (
  nodeName: string,
  versions: { k3s: string; kubevirt: string; cdi: string },
  address: string | undefined,
): ApplianceRecord['settings'] => ({
  mode: 'lan',
  nodeName,
  ...(address && { address }),
  tlsNames: [],
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  volumes: '/var/lib/hearth/volumes',
  storage: 'local-path',
  etcd: false,
  accelerator: 'kvm',
  versions,
  dns: [],
});
