import type { LabAction } from '../../../contract/labs/actions.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { applyOne } from '../../manifests/check.ts';
import { isNotFound } from '../../target/kube-error.ts';
import type { Kind } from '../../target/kinds.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { scopeOf } from '../file/objects.ts';
import { whyNotKind, writable } from '../safety/kinds.ts';
import { refuseUnsafe, refuseUnsafePatch } from '../safety/safety.ts';
import { labelled, placedObject } from '../start/build.ts';
import type { ActionContext } from './context.ts';

type What<Kind extends keyof LabAction> = NonNullable<LabAction[Kind]>;

/** The kind that a lab may write. Throws `lab-object-refused`. */
export function kindOf(kind: string, apiVersion?: string): Kind {
  const found = writable(kind, apiVersion);
  if (found) return found;
  throw new ProblemError({ code: 'lab-object-refused', title: 'A lab may not do this', detail: whyNotKind(kind, apiVersion) ?? kind, kind: 'denied' }); // prettier-ignore
}

export async function applyObjects(objects: What<'apply'>, context: ActionContext, task: TaskHandle): Promise<void> {
  for (const one of objects) {
    const object = labelled(placedObject(context.lab, one), context.lab.metadata.name);
    refuseUnsafe(object, scopeOf(context.lab));
    const kind = kindOf(object.kind, object.apiVersion);
    await applyOne(context.workspace.target, { object, kind, namespace: context.namespace }, { signal: task.signal });
  }
}

export async function patchObject(what: What<'patch'>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { kind, apiVersion, name, patch } = what;
  refuseUnsafePatch(kind, name, patch, scopeOf(context.lab));
  const { client } = context.workspace.target;
  await client.patch(kindOf(kind, apiVersion), { namespace: context.namespace, name }, patch, { signal: task.signal });
}

/** One that is gone already is as it shall be. */
export async function deleteObject({ kind, apiVersion, name }: What<'delete'>, context: ActionContext): Promise<void> {
  const { client } = context.workspace.target;
  try {
    await client.delete(kindOf(kind, apiVersion), { namespace: context.namespace, name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
