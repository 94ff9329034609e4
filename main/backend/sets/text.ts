import { stringify } from 'yaml';
import type { KubeObject } from '../../contract/kube.ts';

/** `virtualmachines/default/web.yaml`; undefined for a name that is none of Kubernetes' own, which could lead elsewhere. Pure. */
export function fileOf(plural: string, { metadata: { namespace, name } }: KubeObject): string | undefined {
  const parts = [plural, ...(namespace ? [namespace] : []), name ?? ''];
  return parts.every((part) => /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(part)) ? `${parts.join('/')}.yaml` : undefined; // prettier-ignore
}

const first = ['apiVersion', 'kind', 'metadata', 'name', 'namespace'];
const rank = (key: string): number => (first.includes(key) ? first.indexOf(key) : first.length);

/** Keys in one order whatever order a server sends them in; lists mean their order and keep it. Pure. */
export function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

/** One object as a file: the same object is the same bytes. Pure. */
export const textOf = (object: KubeObject, comment?: string): string =>
  `${comment === undefined ? '' : `# ${comment}\n`}${stringify(ordered(object), { lineWidth: 0, aliasDuplicateObjects: false })}`;
