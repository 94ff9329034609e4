import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../contract/kube.ts';
import type { WorkRef } from '../../contract/pods.ts';
import { ProblemError } from '../../contract/problem.ts';
import { bare } from '../bin/kept.ts';
import { isNotFound } from '../target/kube-error.ts';
import type { OpenTarget } from '../target/target.ts';
import { pick } from '../target/pick.ts';
import { podRow, workloadKinds } from './rows.ts';
import { gone } from './watch.ts';

const orGone =
  (ref: WorkRef) =>
  (error: unknown): never => {
    throw isNotFound(error) ? gone(ref) : error;
  };

/** A machine's Pod is the machine: without it the guest is gone at once. */
function refuseMachines(pod: KubeObject): void {
  const { machine } = pod.kind === 'Pod' ? podRow(pod) : {};
  if (!machine) return;
  throw new ProblemError({
    code: 'pod-of-machine',
    title: 'This Pod is a machine',
    detail: `It runs the machine ${machine.namespace}/${machine.name}: deleted, the guest would be cut off at once.`,
    fix: 'Shut the machine down, or restart it, on its own page.',
    kind: 'denied',
  });
}

/** How many Pods of it there are to be. Throws `pod-cannot-scale` for what has no number of its own. */
export async function scale({ client }: Pick<OpenTarget, 'client'>, ref: WorkRef, replicas: number): Promise<void> {
  if (ref.kind !== 'Deployment' && ref.kind !== 'StatefulSet')
    throw new ProblemError({
      code: 'pod-cannot-scale',
      title: `A ${ref.kind} has no number of Pods to choose`,
      detail: ref.kind === 'DaemonSet' ? 'It has one Pod on each node.' : 'It has those that it was made with.',
      fix: 'Make a Deployment, which has as many as you like.',
      kind: 'denied',
    });
  await client.patch(workloadKinds[ref.kind], ref, { spec: { replicas } }).catch(orGone(ref));
}

/** As `kubectl rollout restart`: Pods are made anew, one after another. */
export async function restart({ client }: Pick<OpenTarget, 'client'>, ref: WorkRef): Promise<void> {
  const kind = workloadKinds[ref.kind];
  if (ref.kind === 'Job')
    throw new ProblemError({
      code: 'pod-cannot-restart',
      title: 'A Job is not restarted',
      detail: 'What a Job ran stands for itself; its Pods cannot be changed.',
      fix: 'Delete it and make it anew from its manifest.',
      kind: 'denied',
    });
  if (ref.kind === 'Pod') {
    const pod = await client.get(kind, ref.namespace, ref.name).catch(orGone(ref));
    refuseMachines(pod);
    if (!pod.metadata.ownerReferences?.some(({ controller }) => controller))
      throw new ProblemError({
        code: 'pod-cannot-restart',
        title: `Nothing would make ${ref.name} again`,
        detail: 'This Pod is kept by no Deployment or the like: deleted, it is gone.',
        fix: 'Delete it and make it anew from its manifest, or make it a Deployment.',
        kind: 'denied',
      });
    await client.delete(kind, ref, { ...(pod.metadata.uid && { uid: pod.metadata.uid }) });
    return;
  }
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  await client.patch(kind, ref, { spec: { template: { metadata: { annotations } } } }).catch(orGone(ref));
}

/** Milliseconds that what was deleted can be put back. */
const undoMs = 10 * 60_000;
/** What was deleted and can be put back, at most so many. */
const most = 50;

export interface Removals {
  /** Deletes it with its Pods. Answers what puts it back, where making it again makes it what it was. */
  remove(target: OpenTarget, ref: WorkRef): Promise<{ undo?: string }>;
  putBack(id: string): Promise<void>;
}

export function createRemovals(): Removals {
  const removed = new Map<string, { target: OpenTarget; object: KubeObject; ref: WorkRef; timer: NodeJS.Timeout }>();
  return {
    async remove(target, ref) {
      const kind = workloadKinds[ref.kind];
      const object = await target.client.get(kind, ref.namespace, ref.name).catch(orGone(ref));
      refuseMachines(object);
      const { uid } = object.metadata;
      await target.client.delete(kind, ref, { ...(uid && { uid }) }).catch(orGone(ref));
      // A Pod or Job made again would run again, which nobody asked for; what another object keeps is made by that.
      const kept = object.metadata.ownerReferences?.some(({ controller }) => controller) ?? false;
      if (ref.kind === 'Pod' || ref.kind === 'Job' || kept) return {};
      const id = randomUUID();
      const timer = setTimeout(() => removed.delete(id), undoMs);
      timer.unref();
      removed.set(id, { target, object: again(object), ref, timer });
      for (const old of [...removed.keys()].slice(0, -most)) removed.delete(old);
      return { undo: id };
    },
    async putBack(id) {
      const found = removed.get(id);
      if (!found)
        throw new ProblemError({
          code: 'undo-too-late',
          title: 'It cannot be put back any more',
          detail: 'What was deleted is remembered for ten minutes while Hearth runs.',
          fix: 'Make it anew from its manifest: the page Activity, Commands, shows what was sent.',
        });
      await found.target.client.create(workloadKinds[found.ref.kind], found.object);
      clearTimeout(found.timer);
      removed.delete(id);
    },
  };
}

/** As it can be made again: what its controller wrote is left out. Pure. */
function again(object: KubeObject): KubeObject {
  const made = structuredClone(bare(object));
  const template = pick(made, 'spec', 'template', 'metadata') as Record<string, unknown> | undefined;
  if (template) delete template['creationTimestamp'];
  const annotations = made.metadata.annotations;
  if (annotations) delete annotations['deployment.kubernetes.io/revision'];
  return made;
}
