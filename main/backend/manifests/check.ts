import type { KubeObject } from '../../contract/kube.ts';
import type { YamlFinding } from '../../contract/machine.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { ManifestObject, ManifestReport } from '../../contract/templates.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import { fieldSteps } from '../machines/yaml-check.ts';
import { createDiscovery } from '../provision/cluster/discovery.ts';
import type { Discovery } from '../provision/cluster/discovery.ts';
import type { WriteOptions } from '../target/client.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import type { Kind } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { inOrder, parseManifest } from './parse.ts';
import type { ParsedObject } from './parse.ts';

export interface Placed extends ParsedObject {
  kind: Kind;
  namespace: string | undefined;
}

/** An object with the namespace that it goes into. */
export const placed = ({ object, kind, namespace }: Pick<Placed, 'object' | 'kind' | 'namespace'>): KubeObject => {
  const { resourceVersion: _version, uid: _uid, managedFields: _fields, creationTimestamp: _at, ...rest } = object.metadata;
  const { status: _status, ...body } = object;
  return { ...body, metadata: { ...rest, ...(kind.namespaced && namespace ? { namespace } : {}) } };
}; // prettier-ignore

/** Server-side apply of one object; with `dryRun` only asked. Answers the object as it would be. */
export const applyOne = (
  target: OpenTarget,
  one: Pick<Placed, 'object' | 'kind' | 'namespace'>,
  options: WriteOptions,
): Promise<KubeObject> =>
  target.client.patch(
    one.kind,
    { name: one.object.metadata.name ?? '', ...(one.namespace !== undefined && { namespace: one.namespace }) },
    placed(one),
    { type: 'apply', ...options },
  );

/**
 * What applying a text would do, object by object, by the target's own word (server-side dry run with strict fields), and
 * everything wrong with it at its line. Nothing is changed. Throws when the target cannot be reached.
 */
export async function checkManifest(
  target: OpenTarget,
  text: string,
  namespace: string,
  signal: AbortSignal,
): Promise<ManifestReport> {
  const parsed = parseManifest(text);
  const findings: YamlFinding[] = [...parsed.findings];
  const discovery = createDiscovery(target.client);
  const objects: ManifestObject[] = [];
  const bringsNamespaces = new Set(
    parsed.objects.flatMap(({ object }) => (object.kind === 'Namespace' ? [object.metadata.name ?? ''] : [])),
  );
  const bringsKinds = new Set(
    parsed.objects.flatMap(({ object }) =>
      object.kind === 'CustomResourceDefinition'
        ? [`${pickText(object, 'spec', 'group')}/${pickText(object, 'spec', 'names', 'kind')}`]
        : [],
    ),
  );
  // With a broken text the target is not asked: its answers would be about another text than the person means.
  const broken = findings.some(({ severity }) => severity === 'error');
  for (const one of inOrder(parsed.objects)) {
    signal.throwIfAborted();
    const { object, line } = one;
    const base = { apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name ?? '', line };
    if (broken) {
      objects.push({ ...base, ...withNamespace(object.metadata.namespace), result: 'later' });
      continue;
    }
    const kind = await discovery.find(object, signal);
    if (!kind) {
      const group = object.apiVersion.split('/')[0] ?? '';
      if (bringsKinds.has(`${group}/${object.kind}`)) {
        objects.push({ ...base, ...withNamespace(object.metadata.namespace), result: 'later', detail: 'Its definition is in this text: it can be tried once that is there.' }); // prettier-ignore
        continue;
      }
      const detail = `The target does not serve ${object.kind} of ${object.apiVersion}.`;
      findings.push(one.at(['kind'], detail));
      objects.push({ ...base, result: 'refused', detail });
      continue;
    }
    const at = kind.namespaced ? (object.metadata.namespace ?? namespace) : undefined;
    const whole = { ...base, ...withNamespace(at) };
    if (at !== undefined && bringsNamespaces.has(at) && !(await there(target, at, signal))) {
      objects.push({ ...whole, result: 'later', detail: 'Its namespace is in this text: it can be tried once that is there.' }); // prettier-ignore
      continue;
    }
    objects.push({ ...whole, ...(await tryOne(target, { ...one, kind, namespace: at }, findings, signal)) });
  }
  const wrong = findings.some(({ severity }) => severity === 'error');
  return { objects, findings, ready: objects.length > 0 && !wrong };
}

const withNamespace = (namespace: string | undefined): { namespace?: string } =>
  namespace === undefined ? {} : { namespace };

async function there(target: OpenTarget, namespace: string, signal: AbortSignal): Promise<boolean> {
  try {
    await target.client.json('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}`, { signal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function tryOne(
  target: OpenTarget,
  one: Placed,
  findings: YamlFinding[],
  signal: AbortSignal,
): Promise<Pick<ManifestObject, 'result' | 'detail'>> {
  try {
    const present = await find(target, one, signal);
    if (one.namespace !== undefined) await refuseDisksInBin(target, one.namespace, [one.object], present);
    const would = await applyOne(target, one, { dryRun: true, signal });
    return { result: present === undefined ? 'new' : sameMeaning(present, would) ? 'same' : 'changed' };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ProblemError) || (error instanceof KubeError && error.code === 0)) throw error;
    const { detail, fields = {} } = error.problem;
    const unknown = /(?:unknown field|field not declared in schema)[: ]*"?\.?([A-Za-z0-9_.[\]]+)/.exec(detail)?.[1];
    const at = Object.entries(fields);
    if (at.length === 0) findings.push(one.at(unknown ? fieldSteps(unknown) : [], detail));
    for (const [field, message] of at) findings.push(one.at(fieldSteps(field), message));
    return { result: 'refused', detail };
  }
}

async function find(target: OpenTarget, one: Placed, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await target.client.get(one.kind, one.namespace, one.object.metadata.name ?? '', signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Whether a write would change nothing but bookkeeping. Pure. */
export function sameMeaning(present: KubeObject, would: KubeObject): boolean {
  const bare = ({ status: _status, metadata, ...rest }: KubeObject): unknown => {
    const { managedFields: _f, resourceVersion: _v, generation: _g, creationTimestamp: _c, uid: _u, ...kept } = metadata;
    return sorted({ ...rest, metadata: kept });
  }; // prettier-ignore
  return JSON.stringify(bare(present)) === JSON.stringify(bare(would));
}

/** The kinds that a text speaks of, for whoever applies it. */
export const kindsOf = (target: OpenTarget): Discovery => createDiscovery(target.client);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
