import type { IncomingMessage } from 'node:http';
import type { KubeObject, Stored } from '../kube/object.ts';
import { apiVersionOf, groupResource, uploadTokenRequests } from '../kube/resources.ts';
import { StatusError, badRequest, notFound } from '../kube/status-error.ts';
import { clone } from '../store/clone.ts';
import { applyConfig } from './apply/apply.ts';
import type { Manager } from './apply/managers.ts';
import { trackUpdate } from './apply/managers.ts';
import { mediaType, parseBody, readBody } from './body.ts';
import type { Answer } from './http.ts';
import { isMap } from './patch/merge-patch.ts';
import { patched } from './patch/patched.ts';
import type { ApiParts } from './ports.ts';
import type { ResourceRoute } from './routes.ts';
import { requestUploadToken } from './uploads.ts';

export interface WriteCall {
  parts: ApiParts;
  request: IncomingMessage;
  route: ResourceRoute;
  query: URLSearchParams;
}
type Result = { object: Stored; warnings: string[]; code: number };

/** Who writes: `fieldManager`, else the first word of User-Agent, as in Kubernetes. */
const managerOf = ({ request, query, route }: WriteCall, operation: Manager['operation']): Manager => {
  const agent = (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
  const [subresource] = route.rest;
  return {
    manager: (query.get('fieldManager') || agent).slice(0, 128),
    operation,
    apiVersion: apiVersionOf(route.type),
    ...(subresource === undefined ? {} : { subresource }),
  };
};

export const isDryRun = (query: URLSearchParams, body?: unknown): boolean => {
  const inBody: unknown = isMap(body) ? body['dryRun'] : undefined;
  const values = [...query.getAll('dryRun'), ...(Array.isArray(inBody) ? (inBody as unknown[]) : [])];
  const wrong = values.find((value) => value !== 'All' && value !== '');
  if (wrong !== undefined) {
    throw new StatusError(
      422,
      'Invalid',
      `dryRun: Unsupported value: ${JSON.stringify(wrong)}: supported values: "All"`,
    );
  }
  return values.includes('All');
};

const validationOf = (query: URLSearchParams): 'Strict' | 'Warn' | 'Ignore' => {
  const value = query.get('fieldValidation') || 'Warn';
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  throw new StatusError(422, 'Invalid', `fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`); // prettier-ignore
};

const statusOf = (route: ResourceRoute): 'status' | undefined => {
  const [subresource, ...more] = route.rest;
  if (subresource === undefined) return undefined;
  if (subresource === 'status' && more.length === 0 && route.type.statusSubresource) return 'status';
  throw notFound(groupResource(route.type), route.name ?? '');
};

/** Checks that a body is an object of the route's kind, for the route's place. A private copy. */
const objectFor = (route: ResourceRoute, body: unknown): KubeObject => {
  const { type } = route;
  if (!isMap(body)) throw badRequest('the request body holds no object');
  const version = apiVersionOf(type);
  const apiVersion = body['apiVersion'] ?? version;
  const kind = body['kind'] ?? type.kind;
  if (apiVersion !== version || kind !== type.kind) {
    throw badRequest(`the API version in the data (${JSON.stringify(apiVersion)}, Kind=${JSON.stringify(kind)}) does not match the expected API version (${version}, Kind=${type.kind})`); // prettier-ignore
  }
  const metadata = body['metadata'] ?? {};
  if (!isMap(metadata)) throw badRequest('metadata is no object');
  const object = { ...body, apiVersion: version, kind: type.kind, metadata: { ...metadata } } as KubeObject;
  checkMetadata(object);
  const namespace = type.namespaced ? route.namespace : undefined;
  if (object.metadata.namespace && object.metadata.namespace !== namespace && type.namespaced) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  if (namespace === undefined) delete object.metadata.namespace;
  else object.metadata.namespace = namespace;
  return object;
};

/** The types inside metadata on which everything else relies. */
const checkMetadata = ({ metadata }: KubeObject): void => {
  const fail = (field: string, what: string) => badRequest(`metadata.${field}: Invalid value: must be ${what}`);
  for (const field of ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'] as const) {
    const value: unknown = metadata[field];
    if (value === null) delete metadata[field];
    else if (value !== undefined && typeof value !== 'string') throw fail(field, 'a string');
  }
  for (const field of ['labels', 'annotations'] as const) {
    const value: unknown = metadata[field];
    if (value === null || value === undefined) continue;
    if (!isMap(value) || Object.values(value).some((item) => typeof item !== 'string'))
      throw fail(field, 'a map of strings');
  }
  for (const field of ['finalizers', 'ownerReferences', 'managedFields'] as const) {
    const value: unknown = metadata[field];
    if (value === null || value === undefined) continue;
    const wanted = field === 'finalizers' ? (item: unknown) => typeof item === 'string' : isMap;
    if (!Array.isArray(value) || !value.every(wanted)) throw fail(field, 'a list');
  }
  for (const owner of metadata.ownerReferences ?? []) {
    const fine = [owner.apiVersion, owner.kind, owner.name, owner.uid].every(
      (value) => typeof value === 'string' && value,
    );
    if (!fine) throw fail('ownerReferences', 'a list of apiVersion, kind, name and uid');
  }
};

/** POST on a collection. */
export const create = async (call: WriteCall): Promise<Answer> => {
  const { request, route, query, parts } = call;
  const body = parseBody(await readBody(request), request.headers['content-type']);
  if (route.rest.length > 0 || route.name !== undefined) throw notFound(groupResource(route.type), route.name ?? '');
  const object = objectFor(route, body);
  const dryRun = isDryRun(query);
  if (route.type === uploadTokenRequests) return requestUploadToken(parts, object);
  delete object.metadata.managedFields;
  return answer(put(call, object, undefined, dryRun, managerOf(call, 'Update')));
};

/** PUT of an object or of its status. */
export const update = async (call: WriteCall): Promise<Answer> => {
  const { request, route, query, parts } = call;
  const body = parseBody(await readBody(request), request.headers['content-type']);
  statusOf(route);
  const object = objectFor(route, body);
  const { name = '', type } = route;
  if (object.metadata.name && object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
  object.metadata.name = name;
  const old = parts.store.get(type, route.namespace, name);
  if (!old) throw notFound(groupResource(type), name);
  if (!type.strategicMerge && !object.metadata.resourceVersion) {
    throw new StatusError(422, 'Invalid', `${groupResource(type)} ${JSON.stringify(name)} is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`, {
      causes: [{ reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message: 'Invalid value: 0: must be specified for an update' }],
      details: { name, group: type.group, kind: type.kind },
    }); // prettier-ignore
  }
  return answer(put(call, object, old, isDryRun(query), managerOf(call, 'Update')));
};

/** PATCH of any kind; server-side apply creates what is not there. */
export const patch = async (call: WriteCall): Promise<Answer> => {
  const { request, route, query, parts } = call;
  const { type, namespace, name = '' } = route;
  const kind = mediaType(request.headers['content-type']);
  const body = parseBody(await readBody(request), request.headers['content-type']);
  const status = statusOf(route);
  const old = parts.store.get(type, namespace, name);
  const dryRun = isDryRun(query);
  if (kind !== 'application/apply-patch+yaml') {
    if (!old) throw notFound(groupResource(type), name);
    const next = objectFor(
      route,
      patched(kind, old, body, type, () => parts.schemaOf(type)),
    );
    if (next.metadata.name !== name) throw badRequest(`metadata.name: Invalid value: ${JSON.stringify(next.metadata.name)}: field is immutable`); // prettier-ignore
    return answer(put(call, next, old, dryRun, managerOf(call, 'Update')));
  }
  if (!query.get('fieldManager')) throw badRequest('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'); // prettier-ignore
  const config = objectFor(route, body);
  if (config.metadata.managedFields) throw badRequest('metadata.managedFields must be nil');
  config.metadata.name ??= name;
  if (config.metadata.name !== name) throw badRequest(`the name of the object (${config.metadata.name}) does not match the name on the URL (${name})`); // prettier-ignore
  if (!old && status) throw notFound(groupResource(type), name);
  if (type.statusSubresource && !status) delete config.status;
  const manager = managerOf(call, 'Apply');
  const merged = applyConfig(old, config, manager, parts.schemaOf(type), query.get('force') === 'true');
  return answer(put(call, merged, old, dryRun, manager));
};

/** Admission, managedFields, store: the way of every write. */
const put = (call: WriteCall, sent: KubeObject, old: Stored | undefined, dryRun: boolean, manager: Manager): Result => {
  const { parts, route, query } = call;
  const { type } = route;
  const status = old ? statusOf(route) : undefined;
  if (!old && type.statusSubresource) delete sent.status;
  const { object: admitted, warnings } = parts.admission.admit({
    operation: old ? 'UPDATE' : 'CREATE',
    type,
    object: sent,
    ...(old ? { old } : {}),
    ...(status ? { subresource: status } : {}),
    fieldValidation: validationOf(query),
    dryRun,
  });
  const object = clone(admitted);
  if (manager.operation === 'Update') {
    const seen = old ? written(object, old, type.statusSubresource, status) : object;
    object.metadata.managedFields = trackUpdate(old, seen, manager, parts.schemaOf(type));
  } else if (sent.metadata.managedFields) object.metadata.managedFields = sent.metadata.managedFields;
  const { store } = parts;
  const options = status ? { subresource: status } : {};
  if (old) {
    const object2 = dryRun ? store.previewUpdate(type, object, options) : store.update(type, object, options);
    return { object: object2, warnings, code: 200 };
  }
  return { object: dryRun ? store.preview(type, object) : store.create(type, object), warnings, code: 201 };
};

/** The part of an update that takes effect: status alone, or all but status. */
const written = (object: KubeObject, old: Stored, separate: boolean, status: 'status' | undefined): KubeObject => {
  if (status) return { ...old, metadata: { ...old.metadata }, status: object.status ?? {} };
  const { status: _ignored, ...rest } = object;
  if (!separate) return object;
  return old.status ? { ...rest, status: old.status } : rest;
};

const answer = ({ object, warnings, code }: Result): Answer => ({ code, json: object, warnings });
