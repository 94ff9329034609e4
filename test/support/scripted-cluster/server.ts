import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { pick, pickText } from '../../../main/backend/target/pick.ts';
import { jsonPatch } from '../../../main/embedded/api/patch/json-patch.ts';
import { mergePatch } from '../../../main/embedded/api/patch/merge-patch.ts';
import { StatusError } from '../../../main/embedded/kube/status-error.ts';
import { on } from './cluster.ts';
import type { Inner } from './cluster.ts';
import type { ClusterFixture } from './fixture.ts';
import { isOpen } from './gates.ts';
import { apiVersion, resourceName, servedKinds, subresources } from './kinds.ts';
import type { Served } from './kinds.ts';
import { allows, attributesOf, forbidden } from './rbac.ts';
import type { Attributes } from './rbac.ts';
import type { Containers } from './containers.ts';
import { conflict, notFound, Refusal } from './status.ts';
import type { Change, ClusterStore } from './store.ts';
import { subresource } from './subresources.ts';
import type { Troubles } from './trouble.ts';
import { checked, Misfit } from './validate.ts';
import { webhooks } from './webhooks.ts';

/** One request as the double saw it. */
export interface Seen {
  method: string;
  /** With its query. */
  path: string;
  body: unknown;
  code: number;
  /** Why what was written does not fit the published schema. */
  misfit?: string;
}
export interface ServerParts {
  store: ClusterStore;
  inner: Inner;
  fixture: ClusterFixture;
  troubles: Troubles;
  seen: Seen[];
  /** Prometheus text of a node's virt-handler. */
  metrics(pod: string): string;
  token(namespace: string, claim: string): string;
  containers: Containers;
}
interface Answer {
  code: number;
  json?: unknown;
  text?: string;
  bytes?: Buffer;
}

/** The HTTPS half of the double: discovery, rights, resources, watches. */
export function handler(parts: ServerParts) {
  const { store, fixture, troubles } = parts;
  const groups = new Map<string, string[]>([['', ['v1']], ...Object.entries(fixture.groups)]);
  const served = servedKinds.filter(({ group, version }) => groups.get(group)?.includes(version));
  const watches = new Set<ServerResponse>();
  /** By uid. */
  const appliers = new Map<string, ReadonlySet<string>>();

  function discovery(segments: string[]): Answer | undefined {
    const [root, group = '', version] = segments;
    if (root === 'version' && segments.length === 1) return { code: 200, json: { major: '1', minor: '36', gitVersion: fixture.version } };
    if (root === 'api' && segments.length === 1) return { code: 200, json: { kind: 'APIVersions', versions: ['v1'] } };
    const one = (name: string) => {
      const versions = (groups.get(name) ?? []).map((each) => ({ groupVersion: `${name}/${each}`, version: each }));
      return { name, versions, preferredVersion: versions[0] };
    };
    if (root === 'apis' && segments.length === 1)
      return { code: 200, json: { kind: 'APIGroupList', apiVersion: 'v1', groups: [...groups.keys()].filter(Boolean).map(one) } };
    if (root === 'apis' && segments.length === 2 && groups.has(group)) return { code: 200, json: { kind: 'APIGroup', apiVersion: 'v1', ...one(group) } };
    const [name, at] = root === 'api' ? ['', group] : [group, version];
    const isList = segments.length === (root === 'api' ? 2 : 3) && (root === 'api' || root === 'apis');
    if (!isList || !groups.get(name ?? '')?.includes(at ?? '')) return undefined;
    const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
    const resources =
      name === 'subresources.kubevirt.io'
        ? (fixture.subresources ?? subresources).map((each) => ({ name: each, namespaced: true, kind: '', verbs: ['get', 'update'] }))
        : served.filter((each) => each.group === name).map((each) => ({ name: each.plural, singularName: each.kind.toLowerCase(), namespaced: each.namespaced, kind: each.kind, verbs }));
    return { code: 200, json: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: name ? `${name}/${at}` : at, resources } };
  } // prettier-ignore

  function review(segments: string[], body: unknown): Answer | undefined {
    const kind = segments[3];
    if (segments[1] !== 'authorization.k8s.io') return undefined;
    const spec = pick(body, 'spec');
    if (kind === 'selfsubjectrulesreviews')
      return {
        code: 201,
        json: { kind: 'SelfSubjectRulesReview', spec, status: { resourceRules: fixture.incompleteRules ? [] : fixture.rules.filter((rule) => !rule.namespace || rule.namespace === pickText(spec, 'namespace')).map(({ verbs, apiGroups, resources }) => ({ verbs, apiGroups, resources })), nonResourceRules: [], incomplete: fixture.incompleteRules ?? false } },
      };
    const wanted = pick(spec, 'resourceAttributes') as Attributes;
    return { code: 201, json: { kind: 'SelfSubjectAccessReview', spec, status: { allowed: allows(fixture.rules, wanted) } } };
  } // prettier-ignore

  function resource(request: IncomingMessage, segments: string[], url: URL, body: unknown, response: ServerResponse): Answer | undefined {
    const { method = '' } = request;
    const grouped = segments[0] === 'apis';
    const [group = '', version, ...rest] = grouped ? segments.slice(1) : ['', ...segments.slice(1)];
    const inside = rest[0] === 'namespaces' && rest.length > 2;
    const namespace = inside ? rest[1] : undefined;
    const [plural, name, sub, ...more] = inside ? rest.slice(2) : rest;
    if (groups.has(group) && group === 'subresources.kubevirt.io' && name && sub && namespace && plural) {
      const action = sub === 'vnc' && more[0] === 'screenshot' ? 'vnc/screenshot' : sub;
      if (!(fixture.subresources ?? subresources).includes(`${plural}/${action}`)) return undefined;
      const done = subresource(parts.inner, { namespace, plural, name, sub: action, body: (body ?? {}) as Record<string, unknown> });
      return { code: done.code, ...(done.png ? { bytes: done.png } : { json: done.body ?? {} }) };
    }
    if (plural === 'pods' && sub === 'proxy' && more[0] === 'metrics') return { code: 200, text: parts.metrics(/^https?:([^:]+):/.exec(name ?? '')?.[1] ?? name ?? '') };
    const kind = served.find((each) => each.group === group && each.version === version && each.plural === plural);
    if (kind?.kind === 'Pod' && sub === 'eviction' && method === 'POST') {
      const eviction = body as Partial<KubeObject> | undefined;
      if (eviction?.apiVersion !== 'policy/v1' || eviction.kind !== 'Eviction' || eviction.metadata?.name !== name)
        throw new Misfit(400, 'BadRequest', 'no object of kind Eviction of policy/v1 for this pod');
      store.delete(kind, namespace, name ?? '');
      return { code: 201, json: { kind: 'Status', apiVersion: 'v1', status: 'Success', code: 201 } };
    }
    if (kind?.kind === 'Pod' && sub === 'log' && method === 'GET') {
      parts.containers.log(namespace ?? '', name ?? '', url.searchParams, response);
      return { code: 0 };
    }
    if (!kind || (sub !== undefined && sub !== 'status')) return undefined;
    if (kind.kind === 'UploadTokenRequest' && method === 'POST') {
      const asked = checked(kind, body);
      const claim = pickText(asked, 'spec', 'pvcName') ?? '';
      return { code: 201, json: { ...asked, status: { token: parts.token(namespace ?? '', claim) } } };
    }
    const dry = url.searchParams.get('dryRun') === 'All';
    switch (method) {
      case 'GET':
        if (name) return { code: 200, json: withAppliers(store.must(kind, namespace, name)) };
        if (['1', 'true'].includes(url.searchParams.get('watch') ?? '')) {
          watch(kind, namespace, url.searchParams, response);
          return { code: 0 };
        }
        return { code: 200, json: listed(kind, namespace, url.searchParams) };
      case 'POST': {
        const object = admitted(kind, namespace, body, undefined);
        return { code: 201, json: dry ? object : store.create(kind, object) };
      }
      case 'PUT':
        // Custom resources cannot be replaced unseen (apiextensions-apiserver: AllowUnconditionalUpdate is false).
        if (kind.group.includes('kubevirt.io') && !pickText(body, 'metadata', 'resourceVersion'))
          throw new Misfit(422, 'Invalid', `${resourceName(kind)} "${name}" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update`);
        return { code: 200, json: write(kind, namespace, name ?? '', body, sub, dry) };
      case 'PATCH': {
        const type = request.headers['content-type'] ?? '';
        const present = store.get(kind, namespace, name ?? '');
        if (!present && type.includes('apply-patch')) {
          const made = admitted(kind, namespace, body, undefined);
          return { code: 201, json: dry ? made : applied(store.create(kind, made), url.searchParams) };
        }
        if (!present) throw notFound(resourceName(kind), name ?? '');
        if (type.includes('strategic') && kind.group !== '' && !kind.group.endsWith('.k8s.io')) throw new Refusal(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml');
        const next = type.includes('json-patch') ? jsonPatch(present, body) : mergePatch(present, body);
        const now = write(kind, namespace, name ?? '', next, sub, dry);
        return { code: 200, json: type.includes('apply-patch') && !dry ? applied(now, url.searchParams) : now };
      }
      case 'DELETE': {
        const uid = pickText(body, 'preconditions', 'uid');
        const object = store.must(kind, namespace, name ?? '');
        if (uid && uid !== object.metadata.uid) throw conflict(resourceName(kind), name ?? '', `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`);
        const version = pickText(body, 'preconditions', 'resourceVersion');
        if (version && version !== object.metadata.resourceVersion) throw conflict(resourceName(kind), name ?? '', `Precondition failed: ResourceVersion in precondition: ${version}, ResourceVersion in object meta: ${object.metadata.resourceVersion}`);
        if (!dry) store.delete(kind, namespace, name ?? '', pickText(body, 'propagationPolicy') === 'Orphan');
        return { code: 200, json: { kind: 'Status', apiVersion: 'v1', status: 'Success' } };
      }
      default:
        throw new Refusal(405, 'MethodNotAllowed', `the server does not allow this method on the requested resource`);
    }
  } // prettier-ignore

  /** Who applied an object; which fields, is not kept. */
  function applied(object: KubeObject, query: URLSearchParams): KubeObject {
    const uid = object.metadata.uid ?? '';
    appliers.set(uid, new Set([...(appliers.get(uid) ?? []), query.get('fieldManager') ?? '']));
    return object;
  }
  function withAppliers(object: KubeObject): KubeObject {
    const managers = [...(appliers.get(object.metadata.uid ?? '') ?? [])];
    if (managers.length === 0) return object;
    return { ...object, metadata: { ...object.metadata, managedFields: managers.map((manager) => ({ manager, operation: 'Apply', apiVersion: object.apiVersion })) } }; // prettier-ignore
  }
  function admitted(
    kind: Served,
    namespace: string | undefined,
    body: unknown,
    present: KubeObject | undefined,
  ): KubeObject {
    const object = checked(kind, body);
    if (kind.namespaced && namespace) object.metadata.namespace = namespace;
    if (kind.namespaced && !present && namespace && !servedNamespace(namespace))
      throw notFound('namespaces', namespace);
    webhooks(kind, object, present, (name) => isOpen(store.list(on.kubevirts)[0], name));
    return object;
  }
  const servedNamespace = (name: string): boolean => store.get(servedKinds[0] as Served, undefined, name) !== undefined;
  function write(kind: Served, namespace: string | undefined, name: string, body: unknown, sub: string | undefined, dry: boolean): KubeObject {
    const present = store.must(kind, namespace, name);
    const object = admitted(kind, namespace, body, present);
    if (object.metadata.name !== name) throw new Refusal(400, 'BadRequest', `the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
    // A status subresource: spec writes leave the status alone, status writes the rest.
    const next =
      sub === 'status'
        ? { ...present, status: object.status ?? {}, metadata: { ...present.metadata, ...(object.metadata.resourceVersion && { resourceVersion: object.metadata.resourceVersion }) } }
        : kind.status
          ? { ...object, ...(present.status && { status: present.status }) }
          : object;
    return dry ? next : store.replace(kind, next);
  } // prettier-ignore

  const labelled = (object: KubeObject, selector: string | null): boolean =>
    !selector ||
    selector.split(',').every((term) => {
      const [key = '', value] = term.split(/==?/);
      const held = object.metadata.labels?.[key];
      return value === undefined ? held !== undefined : held === value;
    });
  const fielded = (object: KubeObject, selector: string | null): boolean =>
    !selector ||
    selector.split(',').every((term) => {
      const [path = '', value] = term.split(/==?/);
      return (pickText(object, ...path.split('.')) ?? '') === value;
    });
  const matches = (object: KubeObject, query: URLSearchParams): boolean =>
    labelled(object, query.get('labelSelector')) && fielded(object, query.get('fieldSelector'));

  function listed(kind: Served, namespace: string | undefined, query: URLSearchParams): unknown {
    const all = store.list(kind, namespace).filter((object) => matches(object, query));
    const from = Number(query.get('continue') ?? 0);
    const limit = Number(query.get('limit') ?? 0) || all.length;
    const more = from + limit < all.length;
    return {
      kind: `${kind.kind}List`,
      apiVersion: apiVersion(kind),
      metadata: { resourceVersion: String(store.now), ...(more && { continue: String(from + limit) }) },
      // Items of a list come without their kind, as from a real server.
      items: all.slice(from, from + limit).map(({ apiVersion: _v, kind: _k, ...rest }) => rest),
    };
  }

  function watch(kind: Served, namespace: string | undefined, query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion') ?? 0);
    const before = from === 0 ? [] : store.since(from); // throws 410
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const tell = ({ type, served: changed, object }: Pick<Change, 'type' | 'served' | 'object'>): void => {
      if (changed !== kind || (namespace !== undefined && object.metadata.namespace !== namespace)) return;
      if (matches(object, query)) response.write(`${JSON.stringify({ type, object })}\n`);
    };
    if (from === 0) for (const object of store.list(kind, namespace)) tell({ type: 'ADDED', served: kind, object });
    for (const change of before) tell(change);
    const stop = store.listen(tell);
    watches.add(response);
    response.once('close', () => {
      stop();
      watches.delete(response);
    });
  }

  async function answer(request: IncomingMessage, url: URL, body: unknown, response: ServerResponse): Promise<Answer> {
    const segments = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
    const attributes = attributesOf(request.method ?? '', segments, url.searchParams.has('watch'));
    const found = discovery(segments) ?? (request.method === 'POST' ? review(segments, body) : undefined);
    if (found) return found;
    if (attributes && !allows(fixture.rules, attributes)) throw forbidden(attributes);
    const done = resource(request, segments, url, body, response);
    if (!done) throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
    return done;
  }

  return {
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString('utf8');
      const url = new URL(request.url ?? '/', 'https://cluster');
      const body: unknown = text ? JSON.parse(text) : undefined;
      const entry: Seen = { method: request.method ?? '', path: request.url ?? '', body, code: 0 };
      parts.seen.push(entry);
      const told = troubles.take({ method: entry.method, path: url.pathname, query: url.searchParams });
      try {
        if (request.headers.authorization !== 'Bearer scripted') throw new Refusal(401, 'Unauthorized', 'Unauthorized');
        if (told?.type === 'drop') return void request.socket.destroy();
        if (told?.type === 'slow') await wait(told.ms);
        if (told?.type === 'refuse') throw told.refusal;
        const done = await answer(request, url, body, response);
        entry.code = done.code;
        if (told?.type === 'lose-answer') return void request.socket.destroy();
        if (done.code === 0) return; // a watch: it is on its way
        const type = done.bytes
          ? 'image/png'
          : done.text === undefined
            ? 'application/json'
            : 'text/plain; version=0.0.4';
        response.writeHead(done.code, { 'content-type': type });
        response.end(done.bytes ?? done.text ?? JSON.stringify(done.json));
      } catch (error) {
        const refusal = error instanceof Refusal ? error : error instanceof StatusError ? new Refusal(error.code, error.reason, error.message) : undefined; // prettier-ignore
        if (!refusal) {
          response.destroy(error as Error);
          throw error;
        }
        entry.code = refusal.code;
        if (refusal instanceof Misfit) entry.misfit = refusal.message;
        response.writeHead(refusal.code, { 'content-type': refusal.plain ? 'text/plain; charset=utf-8' : 'application/json', ...refusal.headers }); // prettier-ignore
        response.end(refusal.body());
      }
    },
    /** Every open watch breaks off, as when the API server restarts. */
    dropWatches(): void {
      for (const response of watches) response.destroy();
    },
    get watches() {
      return watches.size;
    },
  };
}
