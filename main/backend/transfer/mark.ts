import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { KubeError } from '../target/kube-error.ts';

/** Says of a disk which import made it: another one's is never taken for ours. */
export const importAnnotation = 'hearth.dev/import';

export const taken = (found: KubeObject): ProblemError =>
  new ProblemError({
    code: 'already-exists',
    title: 'There is something of that name already',
    detail: `${found.kind} ${found.metadata.name} was not made by this import.`,
    fix: 'Choose another name for the machine.',
    fields: { name: 'taken' },
  });

export const marked = (object: KubeObject, id: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [importAnnotation]: id } },
});

/** One that is there already is good when this very import made it (before it was cut). */
export async function mine(
  create: Promise<KubeObject>,
  get: () => Promise<KubeObject>,
  id: string,
): Promise<KubeObject> {
  try {
    return await create;
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 409) throw error;
    const found = await get();
    if (found.metadata.annotations?.[importAnnotation] === id) return found;
    throw taken(found);
  }
}
