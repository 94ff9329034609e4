import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../../../../../main/contract/kube.ts';
import { applyConfig } from '../../../../../main/embedded/api/apply/apply.ts';
import { jsonPatch } from '../../../../../main/embedded/api/patch/json-patch.ts';
import { mergePatch } from '../../../../../main/embedded/api/patch/merge-patch.ts';
import { strategicPatch } from '../../../../../main/embedded/api/patch/strategic.ts';
import { labelSelector } from '../../../../../main/embedded/api/selectors.ts';
import type { Stored } from '../../../../../main/embedded/kube/object.ts';
import { StatusError } from '../../../../../main/embedded/kube/status-error.ts';
import type { Change, Resource, Store } from '../store.ts';
import { collectionOf } from '../store.ts';
import { readBody, send } from './http.ts';
import { definitions, namespaces } from './resources.ts';

export interface ObjectCall {
  readonly store: Store;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

const apiVersion = ({ group, version }: Resource): string => (group ? `${group}/${version}` : version);
const shown = (resource: Resource, object: KubeObject): KubeObject => ({ ...object, apiVersion: apiVersion(resource), kind: resource.kind }); // prettier-ignore

/** Reads and writes of any object. Takes everything: what a real API server would refuse passes here. */
export async function handleObject(call: ObjectCall): Promise<void> {
  const { store, request, response, query, resource, namespace, name, subresource } = call;
  const answer = (code: number, object: KubeObject): void => send(response, code, shown(resource, object));
  switch (request.method) {
    case 'GET':
      if (query.get('watch') === 'true' || query.get('watch') === '1') return watch(call);
      if (name !== undefined) return answer(200, store.need(resource, namespace, name));
      return send(response, 200, {
        apiVersion: apiVersion(resource),
        kind: `${resource.kind}List`,
        metadata: { resourceVersion: String(store.version) },
        items: selected(call).map((object) => shown(resource, object)),
      });
    case 'POST': {
      const draft = await readBody(request);
      checkNamespace(call);
      if (query.get('dryRun')) return answer(201, { ...draft, metadata: { ...draft.metadata, uid: 'dry-run' } });
      return answer(201, store.create(resource, namespace, withoutStatus(resource, draft)));
    }
    case 'PUT':
    case 'PATCH': {
      if (name === undefined) throw new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
      const [next, created] = request.method === 'PUT' ? [await readBody(request), false] : await patched(call, name);
      const draft = { ...next, metadata: { ...next.metadata, name, ...(namespace && { namespace }) } };
      if (query.get('dryRun')) return answer(200, draft);
      if (created) {
        checkNamespace(call);
        return answer(201, store.create(resource, namespace, withoutStatus(resource, draft)));
      }
      return answer(200, store.update(resource, draft, subresource === 'status' ? 'status' : 'spec'));
    }
    case 'DELETE': {
      const gone = name === undefined ? selected(call) : [store.need(resource, namespace, name)];
      for (const object of gone) remove(store, resource, object);
      return send(response, 200, { kind: 'Status', apiVersion: 'v1', status: 'Success', metadata: {} });
    }
    case undefined:
    default:
      throw new StatusError(405, 'MethodNotAllowed', `the server does not allow ${request.method ?? ''} here`);
  }
} // prettier-ignore

/** A definition takes its objects with it, as the API server does. */
function remove(store: Store, resource: Resource, object: KubeObject): void {
  if (resource === definitions) {
    const { group, names } = object.spec as { group: string; names: { plural: string; kind: string } };
    const of = { group, version: '', plural: names.plural, kind: names.kind, namespaced: true };
    for (const instance of store.list(of)) store.remove(of, instance);
  }
  store.remove(resource, object);
}

const checkNamespace = ({ store, resource, namespace }: ObjectCall): void => {
  if (resource.namespaced && namespace !== undefined && !store.get(namespaces, undefined, namespace))
    throw new StatusError(404, 'NotFound', `namespaces "${namespace}" not found`);
};
/** Status is a subresource of nearly everything: who creates an object does not set it. */
const withoutStatus = (resource: Resource, draft: KubeObject): KubeObject => {
  if (resource.plural === 'events') return draft;
  const { status: _status, ...rest } = draft;
  return rest;
};

async function patched({ store, request, query, resource, namespace }: ObjectCall, name: string): Promise<[KubeObject, boolean]> {
  const type = (request.headers['content-type'] ?? '').split(';')[0];
  const patch = await readBody(request);
  if (type === 'application/apply-patch+yaml') {
    const live = store.get(resource, namespace, name) as Stored | undefined;
    const manager = { manager: query.get('fieldManager') ?? 'unknown', operation: 'Apply' as const, apiVersion: apiVersion(resource) };
    const config = { ...patch, metadata: { ...patch.metadata, name, ...(namespace && { namespace }) } };
    const applied = applyConfig(live, config, manager, undefined, query.get('force') === 'true');
    // What the owner no longer names is gone; a workload without its pods is then none.
    const { template, selector } = (applied.spec ?? {}) as { template?: object; selector?: object };
    if (['deployments', 'daemonsets'].includes(resource.plural) && (!template || !selector))
      throw new StatusError(422, 'Invalid', `${resource.kind}.apps "${name}" is invalid: spec.${template ? 'selector' : 'template'}: Required value`);
    return [applied, live === undefined];
  }
  const old = store.need(resource, namespace, name);
  if (type === 'application/json-patch+json') return [jsonPatch(old, patch) as KubeObject, false];
  if (type === 'application/strategic-merge-patch+json') return [strategicPatch(old, patch, undefined) as KubeObject, false];
  return [mergePatch(old, patch) as KubeObject, false];
} // prettier-ignore

function matcher({ query, namespace, name }: ObjectCall): (object: KubeObject) => boolean {
  const labels = labelSelector(query.get('labelSelector'));
  const fields = (query.get('fieldSelector') ?? '').split(',').filter(Boolean).map((part) => {
    const [, path = '', operator = '=', value = ''] = /^([^!=]+)(!?==?)(.*)$/.exec(part) ?? [];
    return { path: path.split('.'), not: operator.startsWith('!'), value };
  }); // prettier-ignore
  return (object) => {
    if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
    if (name !== undefined && object.metadata.name !== name) return false;
    if (!labels(object as Stored)) return false;
    return fields.every(({ path, not, value }) => {
      let here: unknown = object;
      for (const part of path) here = (here as Record<string, unknown> | undefined)?.[part];
      return (((here as string | undefined) ?? '') === value) !== not;
    });
  };
}
const selected = (call: ObjectCall): KubeObject[] => call.store.list(call.resource, call.namespace).filter(matcher(call)); // prettier-ignore

/** Changes as they come, from a resourceVersion where it is still known, else everything first. */
function watch(call: ObjectCall): void {
  const { store, response, resource, query } = call;
  const matches = matcher(call);
  const collection = collectionOf(resource);
  const from = Number(query.get('resourceVersion') ?? 0);
  const known = store.history[0]?.version ?? store.version;
  const line = (type: string, object: unknown): void => {
    if (!response.writableEnded) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const tell = (change: Change): void => {
    if (change.collection === collection && matches(change.object)) line(change.type, shown(resource, change.object));
  };
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  if (from > 0 && from < known - 1 && from !== store.version) {
    line('ERROR', { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired', message: `too old resource version: ${from}` });
    response.end();
    return;
  }
  if (from > 0) for (const change of store.history) if (change.version > from) tell(change);
  if (from === 0) for (const object of selected(call)) line('ADDED', shown(resource, object));
  const bookmark = (annotations?: Record<string, string>): void =>
    line('BOOKMARK', { apiVersion: apiVersion(resource), kind: resource.kind, metadata: { resourceVersion: String(store.version), ...(annotations && { annotations }) } });
  if (query.get('sendInitialEvents') === 'true') bookmark({ 'k8s.io/initial-events-end': 'true' });
  const end = store.watch(tell);
  const timer = query.get('allowWatchBookmarks') === 'true' ? setInterval(bookmark, 30_000) : undefined;
  const seconds = Number(query.get('timeoutSeconds') ?? 1800);
  const limit = setTimeout(() => response.end(), seconds * 1000);
  response.once('close', () => {
    end();
    clearInterval(timer);
    clearTimeout(limit);
  });
} // prettier-ignore
