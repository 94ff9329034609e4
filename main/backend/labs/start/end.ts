import { labLabel, labNamespace } from '../../../contract/labs/words.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { actionRequest } from '../../machines/actions.ts';
import { isNotFound, KubeError } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';
import { listServed } from '../../target/served.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { allowedKinds } from '../safety/kinds.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** Milliseconds that the target may take. */
const limit = 300_000;

/**
 * Takes everything of a lab away: its machines lose their power, then its namespace goes with all that is in it. A
 * namespace that is not the lab's own stays, and with it what does not carry the lab's label. Nothing happens where there
 * is nothing. Resolves when all of it is gone.
 */
export async function clearLab(target: OpenTarget, lab: string, task: TaskHandle): Promise<void> {
  const name = labNamespace(lab);
  const found = await namespaceOf(target, name);
  if (found === 'none') return;
  await powerOff(target, name);
  if (found === 'others' || !(await dropNamespace(target, name))) await dropLabelled(target, name, lab, task);
  else await gone(task, async () => (await namespaceOf(target, name)) === 'none');

  async function namespaceOf({ client }: OpenTarget, namespace: string): Promise<'none' | 'own' | 'others'> {
    try {
      const { metadata } = await client.get(kinds.namespaces, undefined, namespace);
      return metadata.labels?.[labLabel] === lab ? 'own' : 'others';
    } catch (error) {
      if (isNotFound(error)) return 'none';
      // Who may not look at namespaces was given this one: what is the lab's own goes, the namespace stays.
      if (error instanceof KubeError && error.code === 403) return 'others';
      throw error;
    }
  }
}

/** Without the time that a guest would get to shut down: nothing of its disks is kept. */
async function powerOff(target: OpenTarget, namespace: string): Promise<void> {
  const instances = await listServed(target.client, kinds.virtualMachineInstances, namespace, labLabel);
  await Promise.all(
    instances.map(async ({ metadata }) => {
      const request = actionRequest('forceStop', { namespace, name: metadata.name ?? '' });
      try {
        if (request) await target.client.json('PUT', request.path, { body: request.body });
      } catch (error) {
        // It is off already, or has no VirtualMachine; it goes with the namespace in any case.
        if (!(error instanceof KubeError) || error.code === 0) throw error;
      }
    }),
  );
}

/** False where this user may not delete namespaces. */
async function dropNamespace({ client }: OpenTarget, name: string): Promise<boolean> {
  try {
    await client.delete(kinds.namespaces, { name });
    return true;
  } catch (error) {
    if (isNotFound(error)) return true;
    if (error instanceof KubeError && error.code === 403) return false;
    throw error;
  }
}

async function dropLabelled(target: OpenTarget, namespace: string, lab: string, task: TaskHandle): Promise<void> {
  const ours = async (): Promise<[Kind, KubeObject][]> => {
    const all: [Kind, KubeObject][] = [];
    for (const kind of [...allowedKinds, kinds.networkAttachmentDefinitions])
      for (const object of await listServed(target.client, kind, namespace, `${labLabel}=${lab}`).catch(refusedAsNone)) all.push([kind, object]); // prettier-ignore
    return all;
  };
  for (const [kind, { metadata }] of await ours())
    await target.client.delete(kind, { namespace, name: metadata.name ?? '' }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  await gone(task, async () => (await ours()).length === 0);
}
const refusedAsNone = (error: unknown): KubeObject[] => {
  if (error instanceof KubeError && error.code === 403) return [];
  throw error;
};

async function gone(task: TaskHandle, is: () => Promise<boolean>): Promise<void> {
  const end = monotonic() + limit;
  for (let wait = 100; !(await is()); wait = Math.min(2000, wait * 1.5)) {
    if (monotonic() > end) throw new ProblemError({ code: 'lab-still-there', title: 'The lab is not gone yet', detail: `The target still takes it away after ${limit / 60_000} minutes.`, fix: 'End it again in a while. What hangs is told by: kubectl get all -n of its namespace.' }); // prettier-ignore
    await new Promise((resolve) => setTimeout(resolve, wait));
    task.signal.throwIfAborted();
  }
}
