import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { migrationProcedures } from '../../contract/migrations.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Handlers } from '../../contract/procedure.ts';
import { transferText } from '../images/follow.ts';
import { schedulable } from '../target/capabilities/nodes.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds, pathOf } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { Scope } from '../target/scope.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { memoryCopy } from './progress.ts';
import { watchStillness } from './still.ts';

export type MigrationHandlers = Handlers<typeof migrationProcedures>;

const steps = ['Find a node', 'Prepare the node', 'Copy the memory'] as const;
/** Which step a phase of VirtualMachineInstanceMigration belongs to. */
const stepOf: Readonly<Record<string, (typeof steps)[number]>> = {
  Pending: steps[0],
  Scheduling: steps[0],
  Scheduled: steps[1],
  PreparingTarget: steps[1],
  TargetReady: steps[1],
  Running: steps[2],
};
const readEveryMs = 2000;
/**
 * Milliseconds without a new phase or a copied byte after which a move is called off. KubeVirt gives up by itself before: after
 * 15 minutes without a Pod, and when the copying stands still (pkg/virt-controller/watch/migration); this is for when the
 * part of it that would do that is gone.
 */
const stillMs = 20 * 60_000;

/** Live migration: a running machine goes to another node (VirtualMachineInstanceMigration), as a task. */
export function createMigrations(
  scope: Pick<Scope, 'target' | 'tasks'>,
  options: { stillMs?: number } = {},
): MigrationHandlers {
  return {
    async nodes(ref) {
      const { client } = scope.target();
      const [vmi, nodes] = await Promise.all([instanceOf(scope.target(), ref), client.list(kinds.nodes)]);
      const here = pickText(vmi, 'status', 'nodeName');
      const ready = new Set(schedulable(nodes).map(({ metadata }) => metadata.name));
      return nodes
        .map(({ metadata }) => metadata.name ?? '')
        .filter((name) => name !== here)
        .map((name) =>
          ready.has(name) ? { name } : { name, why: 'It takes no machines now: it is off, or cordoned.' },
        );
    },
    async start({ namespace, name, node }) {
      const target = scope.target();
      await instanceOf(target, { namespace, name });
      const { id } = scope.tasks.start(
        {
          type: 'machine-move',
          title: node ? `Move ${name} to ${node}` : `Move ${name} to another node`,
          object: { kind: 'VirtualMachine', namespace, name },
          steps: [...steps],
        },
        (task) => move(target, { namespace, name }, node, task, options.stillMs ?? stillMs),
      );
      return { taskId: id };
    },
  };
}

async function instanceOf(target: OpenTarget, { namespace, name }: ObjectRef): Promise<KubeObject> {
  try {
    return await target.client.get(kinds.virtualMachineInstances, namespace, name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new ProblemError(
      { code: 'machine-off', title: 'The machine is off', detail: `${name} does not run: it starts on any node.` },
      { cause: error },
    );
  }
}

async function move(
  target: OpenTarget,
  ref: ObjectRef,
  node: string | undefined,
  task: TaskHandle,
  quietMs: number,
): Promise<void> {
  const { client } = target;
  const { namespace, name } = ref;
  const migration = `hearth-move-${name.slice(0, 40)}-${randomUUID().slice(0, 8)}`;
  task.step(steps[0]);
  await client.create(kinds.virtualMachineInstanceMigrations, {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstanceMigration',
    metadata: { name: migration, namespace, labels: { 'app.kubernetes.io/managed-by': 'hearth' } },
    spec: { vmiName: name, ...(node && { addedNodeSelector: { 'kubernetes.io/hostname': node } }) },
  });
  const reading = new AbortController();
  const still = Promise.withResolvers<'still'>();
  const { moved, stop } = watchStillness(quietMs, () => still.resolve('still'));
  const figures = showFigures(target, ref, task, reading.signal, moved);
  // Leaves the watch when the wait for it is over.
  const following = AbortSignal.any([task.signal, reading.signal]);
  try {
    const phase = await Promise.race([
      followPhases(target, namespace, migration, task, following, moved),
      still.promise,
    ]);
    if (phase === 'still') throw await callOff(target, ref, migration, quietMs);
    if (phase === 'Succeeded') return;
    throw await failure(target, ref);
  } catch (error) {
    // Deleting it calls it off: the machine goes on where it is.
    if (task.signal.aborted)
      await client.delete(kinds.virtualMachineInstanceMigrations, { namespace, name: migration }).catch(passOver);
    throw error;
  } finally {
    stop();
    reading.abort();
    await figures;
  }
}
const passOver = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
  return undefined;
};

/** Nothing moves any more: the machine is told to stay where it is. */
async function callOff(target: OpenTarget, ref: ObjectRef, migration: string, quietMs: number): Promise<ProblemError> {
  const { client } = target;
  const { namespace } = ref;
  const stood = await client.get(kinds.virtualMachineInstanceMigrations, namespace, migration).catch(passOver);
  await client.delete(kinds.virtualMachineInstanceMigrations, { namespace, name: migration }).catch(passOver);
  const node = pickText(await instanceOf(target, ref), 'status', 'nodeName');
  return new ProblemError({
    code: 'move-stuck',
    title: 'The machine did not move',
    detail: `For ${Math.max(1, Math.round(quietMs / 60_000))} minutes nothing moved (it stood at ${pickText(stood, 'status', 'phase') ?? 'Pending'}). The move was called off.`,
    cause: `It runs on where it was${node ? `, on ${node}` : ''}.`,
    fix: 'Look whether the other node has room and answers, then move it again. Or stop the machine and start it: it then starts on any node.',
  });
}

/** Resolves with the last phase. Rejects with AbortError when the signal comes, and when somebody deletes it. */
async function followPhases(
  target: OpenTarget,
  namespace: string,
  name: string,
  task: TaskHandle,
  signal: AbortSignal,
  moved: () => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = false;
    let last = '';
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', abort);
      queueMicrotask(() => watch.release());
      settle();
    };
    const abort = (): void => end(() => reject(new DOMException('cancelled', 'AbortError')));
    const watch = target.cache.use(kinds.virtualMachineInstanceMigrations, namespace, {
      changed(key, object) {
        if (key !== `${namespace}/${name}`) return;
        if (!object) {
          if (seen) end(() => reject(calledOff(name)));
          return;
        }
        seen = true;
        const phase = pickText(object, 'status', 'phase') ?? 'Pending';
        if (phase !== last) moved();
        last = phase;
        const step = stepOf[phase];
        if (step) task.step(step);
        if (phase === 'Succeeded' || phase === 'Failed') end(() => resolve(phase));
      },
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
const calledOff = (name: string): ProblemError =>
  new ProblemError({
    code: 'move-called-off',
    title: 'The move was called off',
    detail: `${name} was deleted on the target. The machine runs on where it was.`,
    kind: 'cancelled',
  });

/** Why it failed, in KubeVirt's words where it has some. */
async function failure(target: OpenTarget, ref: ObjectRef): Promise<ProblemError> {
  const vmi = await target.client
    .get(kinds.virtualMachineInstances, ref.namespace, ref.name)
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  const reason = pickText(vmi, 'status', 'migrationState', 'failureReason');
  const condition = pickList(vmi, 'status', 'conditions').find((each) => each['type'] === 'LiveMigratable' && each['status'] === 'False'); // prettier-ignore
  return new ProblemError({
    code: 'move-failed',
    title: 'The machine did not move',
    detail: reason ?? pickText(condition, 'message') ?? 'The target gives no reason.',
    cause: vmi ? 'It runs on where it was.' : 'It was switched off meanwhile.',
    fix: 'Look at the events of the machine, or stop it and start it again: it then starts on any node.',
  });
}

/** Bytes of memory copied so far, from virt-handler of the node that the machine leaves. Ends with the signal; never throws. */
async function showFigures(
  target: OpenTarget,
  ref: ObjectRef,
  task: TaskHandle,
  signal: AbortSignal,
  moved: () => void,
): Promise<void> {
  let copied = 0;
  while (!signal.aborted) {
    try {
      const handlers = await target.client.list(kinds.pods, undefined, 'kubevirt.io=virt-handler');
      for (const { metadata } of handlers) {
        const pod = pathOf(kinds.pods, metadata.namespace, `https:${metadata.name}:8443`).replaceAll('%3A', ':');
        const text = (await target.client.bytes('GET', `${pod}/proxy/metrics`, { signal })).toString('utf8');
        const copy = memoryCopy(text, ref);
        if (!copy || signal.aborted) continue;
        if (copy.processed !== copied) moved();
        copied = copy.processed;
        const total = copy.processed + copy.remaining;
        task.update({
          progress: total > 0 ? copy.processed / total : undefined,
          ...transferText(copy.processed, total, copy.rate),
        });
      }
    } catch (error) {
      // Figures are a courtesy: a user who may not read them moves machines all the same.
      if (signal.aborted || (error instanceof KubeError && error.code === 403)) return;
    }
    await pause(readEveryMs, signal);
  }
}
