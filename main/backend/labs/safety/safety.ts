import type { KubeObject } from '../../../contract/kube.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { pick, pickText } from '../../target/pick.ts';
import { whyNotKind } from './kinds.ts';
import { unsafeIn } from './tree.ts';
import type { Scope } from './tree.ts';

type Found = [path: readonly (string | number)[], why: string];

/** What in an object keeps a lab from making it. Pure. */
export function unsafeObject(object: object, scope: Scope): Found[] {
  const kind = pickText(object, 'kind') ?? '';
  const why = whyNotKind(kind, pickText(object, 'apiVersion'));
  if (why) return [[['kind'], why]];
  const found: Found[] = [...unsafeIn(object, scope), ...ofKind(kind, object, scope)];
  for (const field of ['generateName', 'selfLink'])
    if (pick(object, 'metadata', field) !== undefined) found.push([['metadata', field], 'Objects of a lab have names.']); // prettier-ignore
  return found;
}

function ofKind(kind: string, object: object, scope: Scope): Found[] {
  if (kind === 'Secret') {
    const type = pickText(object, 'type') ?? 'Opaque';
    if (type === 'kubernetes.io/service-account-token' || type.startsWith('bootstrap.kubernetes.io/'))
      return [[['type'], 'A lab has no account on the target.']];
  }
  if (kind === 'Service' && pickText(object, 'spec', 'type') === 'ExternalName')
    return [[['spec', 'type'], 'A Service of a lab leads to the lab only.']];
  if (kind === 'Service' && pick(object, 'spec', 'selector') === undefined)
    return [[['spec'], 'A Service of a lab selects what it leads to.']];
  // A source of a disk is one of the file's images, or a disk of the lab itself.
  return [...claims(object)].flatMap(([path, pvc]) => {
    const namespace = pickText(pvc, 'namespace') ?? scope.namespace;
    const image = `${namespace}/${pickText(pvc, 'name') ?? ''}`;
    return namespace === scope.namespace || scope.images.includes(image)
      ? []
      : [[[...path, 'name'], `${image} is no image of the file.`] as Found];
  });
}

function* claims(value: unknown, path: readonly (string | number)[] = []): Generator<[readonly (string | number)[], unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === 'pvc' && path.at(-1) === 'source') yield [here, inner];
    yield* claims(inner, here);
  }
} // prettier-ignore

const refused = (what: string, [path, why]: Found): ProblemError =>
  new ProblemError({
    code: 'lab-object-refused',
    title: 'A lab may not do this',
    detail: `${what}, ${path.join('.')}: ${why}`,
    cause: 'Labs come from strangers: they reach nothing but their own namespace.',
    kind: 'denied',
  });

/** The last wall before an object is written. Throws `lab-object-refused`. */
export function refuseUnsafe(object: KubeObject, scope: Scope): void {
  const [first] = unsafeObject(object, scope);
  if (first) throw refused(`${object.kind} ${object.metadata.name}`, first);
}
/** The same for a patch on an object. Throws `lab-object-refused`. */
export function refuseUnsafePatch(kind: string, name: string, patch: unknown, scope: Scope): void {
  const [first] = unsafePatch(kind, patch, scope);
  if (first) throw refused(`${kind} ${name}`, first);
}
/** What in a patch keeps a lab from making it. Pure. */
export function unsafePatch(kind: string, patch: unknown, scope: Scope, apiVersion?: string): Found[] {
  const why = whyNotKind(kind, apiVersion);
  if (why) return [[['kind'], why]];
  const labels = pick(patch, 'metadata', 'labels');
  if (labels === null) return [[['metadata', 'labels'], 'The label of the lab stays.']];
  const bare = ['apiVersion', 'kind'].find((field) => pick(patch, field) !== undefined);
  if (bare) return [[[bare], 'A patch does not change what an object is.']];
  return [...unsafeIn(patch, scope), ...ofKind(kind === 'Service' || kind === 'Secret' ? `patch of ${kind}` : kind, patch as object, scope)]; // prettier-ignore
}
