import type { ServerResponse } from 'node:http';
import { groupResource } from '../kube/resources.ts';
import { StatusError, notFound } from '../kube/status-error.ts';
import { accessTypeAt, review } from './access.ts';
import { parseBody, readBody } from './body.ts';
import { callSubresource } from './call.ts';
import type { SubresourceCall } from './call.ts';
import { remove, removeCollection } from './deletes.ts';
import { aggregatedJson, aggregatedType, allVersions, discoveryJson, wantsAggregated } from './discovery.ts';
import type { Answer } from './http.ts';
import { jsonOf } from './json.ts';
import { listJson, listMeta, listPage } from './lists.ts';
import type { Documents } from './openapi/documents.ts';
import type { ResourceRoute } from './routes.ts';
import { routeOf } from './routes.ts';
import { tableJson, wantsTable } from './table/table.ts';
import { serveWatch } from './watches.ts';
import { create, patch, update } from './writes.ts';

export interface Call extends SubresourceCall {
  documents: Documents;
  response: ServerResponse;
  segments: string[];
}

const noSuchPath = () => new StatusError(404, 'NotFound', 'the server could not find the requested resource');
const notAllowed = (method: string | undefined) =>
  new StatusError(
    405,
    'MethodNotAllowed',
    `the server does not allow this method on the requested resource: ${method}`,
  );

/** Answers an authenticated request; undefined where the answer is a stream that is on its way. */
export const handle = async (call: Call): Promise<Answer | undefined> => {
  const route = routeOf(call.segments);
  if (route.kind === 'subresource') return callSubresource(call, route);
  if (route.kind === 'resource') return handleResource(call, route);
  return handlePath(call);
};

const handlePath = async ({ parts, documents, request, segments, query }: Call): Promise<Answer> => {
  const access = accessTypeAt(segments);
  if (access) {
    if (request.method !== 'POST') throw notAllowed(request.method);
    return review(access, parseBody(await readBody(request), request.headers['content-type']));
  }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw segments.length > 0 ? noSuchPath() : notAllowed(request.method);
  const { accept } = request.headers;
  const [root, ...more] = segments;
  if ((root === 'api' || root === 'apis') && more.length === 0 && wantsAggregated(accept)) {
    return { code: 200, json: aggregatedJson(root, parts.subresources), type: aggregatedType };
  }
  const found = discoveryJson(segments, parts.subresources, request.headers.host ?? '');
  if (found) return { code: 200, json: found };
  if (root === undefined) return { code: 200, json: { paths: rootPaths() } };
  const document = root === 'openapi' ? documents.answer(more, accept, query) : undefined;
  if (document) return document;
  throw noSuchPath();
};

const rootPaths = (): string[] => [
  '/api', '/apis', ...allVersions().map((version) => (version.includes('/') ? `/apis/${version}` : `/api/${version}`)),
  '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version',
]; // prettier-ignore

const handleResource = async (call: Call, route: ResourceRoute): Promise<Answer | undefined> => {
  const { request, query, parts } = call;
  const { type, name } = route;
  const write = { parts, request, route, query };
  const need = (verb: string) => {
    if (!type.verbs.includes(verb)) throw notAllowed(request.method);
  };
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return read(call, route, need);
    case 'POST':
      need('create');
      if (type.namespaced && route.namespace === undefined) throw notAllowed('POST');
      return create(write);
    case 'PUT':
      need('update');
      if (name === undefined) throw notAllowed('PUT');
      return update(write);
    case 'PATCH':
      need('patch');
      if (name === undefined) throw notAllowed('PATCH');
      return patch(write);
    case 'DELETE':
      need(name === undefined ? 'deletecollection' : 'delete');
      return name === undefined ? removeCollection(write) : remove(write);
    case undefined:
    default:
      throw notAllowed(request.method);
  }
};

const read = async (call: Call, route: ResourceRoute, need: (verb: string) => void): Promise<Answer | undefined> => {
  const { request, response, query, parts, signal } = call;
  const { type, namespace, name, rest } = route;
  const table = wantsTable(request.headers.accept);
  const include = query.get('includeObject');
  if (rest.length > 0 && !(rest[0] === 'status' && rest.length === 1 && type.statusSubresource)) {
    return (await proxy(call, route)) ?? fail(noSuchPath());
  }
  const watching = query.get('watch') === 'true' || query.get('watch') === '1';
  if (watching) {
    need('watch');
    const render = table
      ? (object: Parameters<typeof jsonOf>[0], first: boolean) =>
          JSON.stringify(
            tableJson(type, [object], { resourceVersion: object.metadata.resourceVersion }, include, first),
          )
      : undefined;
    serveWatch(response, { store: parts.store, type, namespace, name, query, render, signal });
    return undefined;
  }
  if (name === undefined) {
    need('list');
    const page = listPage(parts.store, type, namespace, query);
    if (table) return { code: 200, json: tableJson(type, page.items, listMeta(page), include) };
    return { code: 200, body: listJson(type, page) };
  }
  need('get');
  const object = parts.store.get(type, namespace, name) ?? fail(notFound(groupResource(type), name));
  if (table)
    return {
      code: 200,
      json: tableJson(type, [object], { resourceVersion: object.metadata.resourceVersion }, include),
    };
  return { code: 200, body: jsonOf(object) };
};

const fail = (error: StatusError): never => {
  throw error;
};

/** The metrics at the path where KubeVirt has them: pods/[https:]virt-handler-x[:8443]/proxy/metrics. */
const proxy = async ({ parts }: Call, { type, name, rest }: ResourceRoute): Promise<Answer | undefined> => {
  const isMetrics = type.plural === 'pods' && rest.join('/') === 'proxy/metrics';
  if (!isMetrics || !/^(?:https?:)?virt-handler-[^:]+(?::\w+)?$/.test(name ?? '')) return undefined;
  if (!parts.metrics) throw new StatusError(503, 'ServiceUnavailable', 'metrics are not ready yet');
  return { code: 200, body: await parts.metrics(), type: 'text/plain; version=0.0.4; charset=utf-8' };
};
