import type { KubeObject } from '../../contract/kube.ts';
import type { CreatePods, WorkRef } from '../../contract/pods.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { KubeError } from '../target/kube-error.ts';
import { ensureNamespace } from '../target/namespace.ts';
import type { OpenTarget } from '../target/target.ts';
import { deploymentOf, textOf } from './manifest.ts';

type Target = Pick<OpenTarget, 'client'>;
const kindFor = ({ kind }: KubeObject): Kind => (kind === 'Service' ? kinds.services : kinds.deployments);

/** The manifest of the form and the target's word on it (server-side dry run). Throws where it does not answer. */
export async function previewPods({ client }: Target, wish: CreatePods): Promise<{ yaml: string; problem?: Problem }> {
  const objects = deploymentOf(wish);
  const yaml = textOf(objects);
  for (const object of objects)
    try {
      await client.create(kindFor(object), object, { dryRun: true });
    } catch (error) {
      if (!(error instanceof KubeError) || error.code === 0) throw error;
      // A namespace that is not there yet is made with it: nothing can be tried in it.
      if (error.code === 404) return { yaml };
      return { yaml, problem: asProblem(error) };
    }
  return { yaml };
}

/** Makes them; what was made goes again where a part is refused. */
export async function createPods(target: Target, wish: CreatePods): Promise<WorkRef> {
  const { namespace, name } = wish;
  const objects = deploymentOf(wish);
  const { client } = target;
  await ensureNamespace(target, namespace);
  const made: KubeObject[] = [];
  try {
    for (const object of objects) made.push(await client.create(kindFor(object), object));
  } catch (error) {
    for (const object of made)
      await client.delete(kindFor(object), { namespace, name }, { ...(object.metadata.uid && { uid: object.metadata.uid }) }).catch(() => undefined); // prettier-ignore
    throw error;
  }
  return { kind: 'Deployment', namespace, name };
}
