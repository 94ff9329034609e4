import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { schedulable } from '../target/capabilities/nodes.ts';
import type { KubeClient } from '../target/client.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds, pathOf } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { isOn, refOf, setStrategy, stopMachines, strategyOf, withClient } from './machines-off.ts';
import type { StoppedMachine } from './machines-off.ts';
import { monotonic } from '../../contract/monotonic.ts';

export interface LeavingOptions {
  signal: AbortSignal;
  /** The node takes nothing new from now on; told before it is so. */
  onCordon: () => Promise<void>;
  /** Each that is shut down, as it is told. */
  onTold: (machine: StoppedMachine) => void;
  /** In words, what is waited for. */
  onProgress: (words: string) => void;
  /** What went wrong and stands in nobody's way. */
  onNote: (words: string) => void;
  /** Milliseconds moves to other nodes may take, and guests to shut down; between two looks. */
  moveMs: number;
  patienceMs: number;
  lookMs: number;
}
/** Who cordoned it; one that was cordoned by somebody else stays so. */
const mark = 'hearth.dev/resting';
/** Milliseconds other pods may take to go. */
const evictMs = 30_000;

/**
 * Empties a node that is about to be switched off or restarted. In a cluster of one node every virtual machine is shut down.
 * With others it is cordoned, its machines move there while they run where they can, and shut down where not; then
 * what else can run elsewhere is sent there. Throws `machines-still-on`.
 */
export async function leaveNode(kubeconfig: string, node: string | undefined, options: LeavingOptions): Promise<void> {
  const alone = async (): Promise<void> =>
    void (await stopMachines(kubeconfig, {
      ...options,
      onProgress: (left) => options.onProgress(left.length > 0 ? waiting(left) : ''),
    }));
  if (node === undefined) return alone();
  await withClient(kubeconfig, async (client) => {
    const nodes = await client.list(kinds.nodes);
    const own = nodes.find(({ metadata }) => metadata.name === node);
    if (nodes.length < 2) return alone();
    if (!own) throw notANode(node, nodes);
    const elsewhere = schedulable(nodes).filter((other) => other !== own).length > 0;
    await options.onCordon();
    await cordon(client, own, options.signal);
    await empty(client, node, elsewhere, options);
    if (elsewhere) await sendAway(client, node, options);
  });
}

/** The node takes machines again, unless somebody else cordoned it. One that is gone is nobody's concern. */
export async function returnToNode(kubeconfig: string, node: string, signal: AbortSignal): Promise<void> {
  await withClient(kubeconfig, async (client) => {
    try {
      const own = await client.get(kinds.nodes, undefined, node, signal);
      if (own.metadata.annotations?.[mark] === undefined) return;
      await client.patch(kinds.nodes, { name: node }, { metadata: { annotations: { [mark]: null } }, spec: { unschedulable: null } }, { signal }); // prettier-ignore
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  });
}

const notANode = (node: string, nodes: readonly KubeObject[]): ProblemError =>
  new ProblemError({
    code: 'node-unknown',
    title: 'The cluster does not know this machine',
    detail: `It has the nodes ${nodes.map(({ metadata }) => metadata.name).join(', ')}, and none is named ${node}.`,
    fix: 'Join it again, or go on anyway.',
  });

async function cordon(client: KubeClient, own: KubeObject, signal: AbortSignal): Promise<void> {
  if (pick(own, 'spec', 'unschedulable') === true) return;
  const annotations = { [mark]: new Date().toISOString() };
  await client.patch(kinds.nodes, { name: own.metadata.name ?? '' }, { metadata: { annotations }, spec: { unschedulable: true } }, { signal }); // prettier-ignore
}

/** Moves or shuts down every machine on the node, and waits until none is on there. */
async function empty(client: KubeClient, node: string, elsewhere: boolean, options: LeavingOptions): Promise<void> {
  const { signal } = options;
  const moves = new Map<string, string>();
  const told = new Set<string>();
  const moveUntil = monotonic() + options.moveMs;
  let until = monotonic() + options.patienceMs;
  const shutDown = async (vmi: KubeObject): Promise<void> => {
    told.add(refOf(vmi));
    until = Math.max(until, monotonic() + options.patienceMs);
    const machine = await ownerOf(client, vmi, signal);
    if (!machine) return; // one on its own: nobody would start it again
    options.onTold(machine);
    const strategy = machine.runStrategy === 'running' ? 'not-running' : 'Halted';
    await setStrategy(client, machine, strategy, signal);
  };
  for (;;) {
    signal.throwIfAborted();
    const here = (await client.list(kinds.virtualMachineInstances)).filter(
      (vmi) => isOn(vmi) && pickText(vmi, 'status', 'nodeName') === node,
    );
    if (here.length === 0) return options.onProgress('');
    for (const vmi of here) {
      const ref = refOf(vmi);
      if (told.has(ref)) continue;
      const move = moves.get(ref);
      if (move === undefined && elsewhere && monotonic() < moveUntil && migratable(vmi)) {
        const begun = await beginMove(client, vmi, options);
        if (begun !== undefined) moves.set(ref, begun);
        else await shutDown(vmi);
      } else if (move === undefined) await shutDown(vmi);
      else if (monotonic() > moveUntil || (await moveFailed(client, vmi, move, signal))) {
        await callOff(client, vmi, move);
        options.onNote(`${ref} could not move to another node and is shut down`);
        await shutDown(vmi);
      }
    }
    const moving = here.map(refOf).filter((ref) => !told.has(ref));
    const ending = here.map(refOf).filter((ref) => told.has(ref));
    options.onProgress(
      [moving.length > 0 && `Moving to other nodes: ${moving.join(', ')}`, ending.length > 0 && waiting(ending)]
        .filter(Boolean)
        .join('. '),
    );
    if (moving.length === 0 && monotonic() > until)
      throw new ProblemError({
        code: 'machines-still-on',
        title: 'Not every virtual machine shut down',
        detail: `Still on after ${options.patienceMs / 1000} s: ${ending.join(', ')}.`,
        cause: 'The guest ignores the power button, or hangs.',
        fix: 'Turn them off on their pages (Force off), then do this again.',
      });
    await pause(options.lookMs, signal);
  }
}
const waiting = (left: readonly string[]): string => `Waiting for virtual machines to shut down: ${left.join(', ')}`;

/** KubeVirt says of each instance whether it can. */
const migratable = (vmi: KubeObject): boolean =>
  pickText(vmi, 'status', 'phase') === 'Running' &&
  pickList(vmi, 'status', 'conditions').some((each) => each['type'] === 'LiveMigratable' && each['status'] === 'True');

/** Name of the migration; undefined: it is refused. One that somebody else began is followed as well, without a name. */
async function beginMove(client: KubeClient, vmi: KubeObject, { signal, onNote }: LeavingOptions): Promise<string | undefined> {
  const { namespace = 'default', name = '' } = vmi.metadata;
  const state = pick(vmi, 'status', 'migrationState');
  if (state !== undefined && pick(state, 'completed') !== true) return '';
  const migration = `hearth-leave-${name.slice(0, 40)}-${randomUUID().slice(0, 8)}`;
  try {
    await client.create(kinds.virtualMachineInstanceMigrations, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstanceMigration',
      metadata: { name: migration, namespace, labels: { 'app.kubernetes.io/managed-by': 'hearth' } },
      spec: { vmiName: name },
    }, { signal });
    return migration;
  } catch (error) {
    if (!(error instanceof KubeError) || error.code === 0) throw error;
    onNote(`${refOf(vmi)} cannot move: ${error.problem.detail}`);
    return undefined;
  }
} // prettier-ignore

async function moveFailed(client: KubeClient, vmi: KubeObject, move: string, signal: AbortSignal): Promise<boolean> {
  if (move === '') return pick(vmi, 'status', 'migrationState', 'failed') === true;
  try {
    const { namespace } = vmi.metadata;
    const migration = await client.get(kinds.virtualMachineInstanceMigrations, namespace, move, signal);
    return pickText(migration, 'status', 'phase') === 'Failed';
  } catch (error) {
    if (isNotFound(error)) return true; // somebody called it off
    throw error;
  }
}

async function callOff(client: KubeClient, vmi: KubeObject, move: string): Promise<void> {
  if (move === '') return;
  const { namespace = 'default' } = vmi.metadata;
  await client.delete(kinds.virtualMachineInstanceMigrations, { namespace, name: move }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/** The VirtualMachine it is of, with how that runs now. */
async function ownerOf(client: KubeClient, vmi: KubeObject, signal: AbortSignal): Promise<StoppedMachine | undefined> {
  const { namespace = 'default', ownerReferences } = vmi.metadata;
  const owner = (ownerReferences as { kind?: string; name?: string }[] | undefined)?.find(({ kind }) => kind === 'VirtualMachine'); // prettier-ignore
  if (owner?.name === undefined) return undefined;
  try {
    const vm = await client.get(kinds.virtualMachines, namespace, owner.name, signal);
    const runStrategy = strategyOf(vm);
    return runStrategy === undefined ? undefined : { namespace, name: owner.name, runStrategy };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What else runs here and is put together again elsewhere; as politely as `kubectl drain`, and nothing waits for it for long. */
async function sendAway(client: KubeClient, node: string, { signal, onNote, onProgress, lookMs, patienceMs }: LeavingOptions): Promise<void> {
  const until = monotonic() + Math.min(evictMs, patienceMs);
  const refused = new Set<string>();
  try {
    for (;;) {
      const { items } = await client.listPage(kinds.pods, undefined, { fieldSelector: `spec.nodeName=${node}` }, signal);
      const left = items.filter(isMovable);
      if (left.length === 0 || monotonic() > until) return;
      onProgress(`Sending away what else runs here: ${left.map(refOf).slice(0, 3).join(', ')}${left.length > 3 ? ' ...' : ''}`);
      for (const { metadata } of left.filter((pod) => pod.metadata.deletionTimestamp === undefined)) {
        const { namespace = 'default', name = '' } = metadata;
        const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
        await client.json('POST', pathOf(kinds.pods, namespace, name, 'eviction'), { body, signal }).catch((error: unknown) => {
          // A disruption budget says no for now (429); somebody else was first (404).
          if (!(error instanceof KubeError) || error.code === 0) throw error;
          if (error.code !== 404) refused.add(`${namespace}/${name}`);
        });
      }
      await pause(lookMs, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    onNote(`not everything else was sent to other nodes: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    if (refused.size > 0) onNote(`stayed here for a while: ${[...refused].join(', ')}`);
    onProgress('');
  }
} // prettier-ignore

/** Not what belongs to this very node, ends by itself, would be gone for good, or is a virtual machine. */
function isMovable(pod: KubeObject): boolean {
  const { annotations, labels, ownerReferences = [] } = pod.metadata;
  const owners = (ownerReferences as { kind?: string }[]).map(({ kind }) => kind);
  const phase = pickText(pod, 'status', 'phase');
  return (
    owners.length > 0 &&
    !owners.includes('DaemonSet') &&
    !owners.includes('Node') &&
    !owners.includes('VirtualMachineInstance') &&
    labels?.['kubevirt.io'] !== 'virt-launcher' &&
    annotations?.['kubernetes.io/config.mirror'] === undefined &&
    phase !== 'Succeeded' &&
    phase !== 'Failed'
  );
}
