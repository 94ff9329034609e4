import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { KubeError } from '../target/kube-error.ts';
import type { Kind } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';

/** When something was made first, on what was had back: the target gives it a new time. RFC 3339. */
export const madeAnnotation = 'hearth.dev/created-at';
export const createdAt = ({ metadata }: KubeObject): string =>
  metadata.annotations?.[madeAnnotation] ?? metadata.creationTimestamp ?? '';

/** The same object as it can be made again: without what the target gave it. Pure. */
export function again(object: KubeObject): KubeObject {
  const { status: _status, metadata, ...rest } = object;
  const { name, namespace, labels, annotations, ownerReferences, finalizers } = metadata;
  const made = createdAt(object);
  return {
    ...rest,
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      annotations: { ...annotations, ...(made && { [madeAnnotation]: made }) },
      ...(ownerReferences && { ownerReferences }),
      ...(finalizers && { finalizers }),
    },
  };
}

/**
 * Makes objects that were deleted again. Those that an earlier try made stay; one that somebody else made under that name
 * meanwhile is the Problem `already-exists`. Throws KubeError.
 */
export async function makeAgain(
  { client }: Pick<OpenTarget, 'client'>,
  kind: Kind,
  deleted: readonly KubeObject[],
): Promise<void> {
  for (const object of deleted)
    try {
      await client.create(kind, again(object));
    } catch (error) {
      if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
      const { namespace, name = '' } = object.metadata;
      const there = await client.get(kind, namespace, name);
      if (there.metadata.annotations?.[madeAnnotation] === createdAt(object)) continue;
      throw new ProblemError({
        code: 'already-exists',
        title: 'There is one of that name by now',
        detail: `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name} was made anew since the old one was deleted.`,
        fix: 'Delete or rename the new one, then undo again.',
        kind: 'denied',
      });
    }
}
