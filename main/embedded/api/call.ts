import type { IncomingMessage } from 'node:http';
import { StatusError } from '../kube/status-error.ts';
import type { Subresource, SubresourceRequest } from '../kube/subresource.ts';
import { parseBody, readBody } from './body.ts';
import type { Answer } from './http.ts';
import type { ApiParts } from './ports.ts';
import type { SubresourceRoute } from './routes.ts';
import { isDryRun } from './writes.ts';

/** What a call of a subresource needs to know of its request. */
export interface SubresourceCall {
  parts: ApiParts;
  request: IncomingMessage;
  query: URLSearchParams;
  signal: AbortSignal;
}

const noSuchPath = () => new StatusError(404, 'NotFound', 'the server could not find the requested resource');

/** The subresource that a route names; names may have several segments ("vnc/screenshot"), the longest wins. */
export const findSubresource = (
  list: readonly Subresource[],
  route: SubresourceRoute,
  method: string | undefined,
): { found: Subresource; rest: string[] } | undefined => {
  const segments = [route.subresource, ...route.rest];
  for (let length = segments.length; length > 0; length--) {
    const name = segments.slice(0, length).join('/');
    const named = list.filter((entry) => entry.resource.plural === route.plural && entry.name === name);
    const found = named.find((entry) => entry.kind === 'stream' || entry.method === method) ?? named[0];
    if (found) return { found, rest: segments.slice(length) };
  }
  return undefined;
};

/** GET or PUT of a subresource. */
export const callSubresource = async (call: SubresourceCall, route: SubresourceRoute): Promise<Answer> => {
  const { parts, request, query, signal } = call;
  const match = findSubresource(parts.subresources, route, request.method);
  if (!match) throw noSuchPath();
  const { found, rest } = match;
  if (found.kind === 'stream') {
    throw new StatusError(400, 'BadRequest', `${found.name} is a stream: connect with a WebSocket`);
  }
  if (found.method !== request.method) {
    throw new StatusError(405, 'MethodNotAllowed', `the server does not allow this method on the requested resource`);
  }
  const raw = await readBody(request);
  const { 'content-type': type } = request.headers;
  // Clients send bodies here with any type or none; JSON is YAML too.
  const body = parseBody(raw, type?.endsWith('json') ? type : 'application/yaml');
  const detail: SubresourceRequest = {
    namespace: route.namespace,
    name: route.name,
    rest,
    query,
    body,
    dryRun: isDryRun(query, body),
    signal,
  };
  const { code, json, text: plain, bytes } = await found.handle(detail);
  if (bytes) return { code, body: bytes.data, type: bytes.type };
  if (plain !== undefined) return { code, body: plain, type: 'text/plain; charset=utf-8' };
  return json === undefined ? { code } : { code, json };
};
