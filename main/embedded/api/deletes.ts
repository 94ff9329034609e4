import type { Stored } from '../kube/object.ts';
import { groupResource } from '../kube/resources.ts';
import { badRequest, notFound } from '../kube/status-error.ts';
import type { DeleteOptions } from '../store/store.ts';
import { parseBody, readBody } from './body.ts';
import type { Answer } from './http.ts';
import { listJson, listPage } from './lists.ts';
import { isMap } from './patch/merge-patch.ts';
import type { WriteCall } from './writes.ts';
import { isDryRun } from './writes.ts';

/** DeleteOptions of the body, else of the query. */
const optionsOf = (query: URLSearchParams, body: unknown): DeleteOptions => {
  if (body !== undefined && !isMap(body)) throw badRequest('the request body holds no DeleteOptions');
  const read = (name: string): unknown => body?.[name] ?? query.get(name) ?? undefined;
  const options: DeleteOptions = {};
  const policy = read('propagationPolicy') ?? (String(read('orphanDependents')) === 'true' ? 'Orphan' : undefined);
  if (policy === 'Background' || policy === 'Foreground' || policy === 'Orphan') options.propagation = policy;
  else if (policy !== undefined) throw badRequest(`DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`); // prettier-ignore
  const grace = read('gracePeriodSeconds');
  if (grace !== undefined) {
    const seconds = Number(grace);
    if (!Number.isSafeInteger(seconds) || seconds < 0)
      throw badRequest('gracePeriodSeconds must be a whole number, 0 or more');
    options.gracePeriodSeconds = seconds;
  }
  const wanted = body?.['preconditions'];
  if (isMap(wanted)) {
    const { uid, resourceVersion } = wanted;
    options.preconditions = {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    };
  }
  return options;
};

/** DELETE of one object: a Status where it is gone, the object where finalizers keep it. */
export const remove = async (call: WriteCall): Promise<Answer> => {
  const { request, route, query, parts } = call;
  const { type, namespace, name = '' } = route;
  const body = parseBody(await readBody(request), request.headers['content-type']);
  if (route.rest.length > 0) throw notFound(groupResource(type), name);
  const options = optionsOf(query, body);
  const old = parts.store.get(type, namespace, name);
  if (!old) throw notFound(groupResource(type), name);
  const warnings = removeOne(call, old, options, isDryRun(query, body));
  const left = parts.store.get(type, namespace, name);
  if (left && left.metadata.uid === old.metadata.uid) return { code: 200, json: left, warnings };
  const details = { name, ...(type.group ? { group: type.group } : {}), kind: type.plural, uid: old.metadata.uid };
  return {
    code: 200,
    json: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
    warnings,
  };
};

const removeOne = (
  { parts, route: { type } }: WriteCall,
  old: Stored,
  options: DeleteOptions,
  dryRun: boolean,
): string[] => {
  const { warnings } = parts.admission.admit({ operation: 'DELETE', type, old, fieldValidation: 'Ignore', dryRun });
  if (!dryRun) parts.store.delete(type, old.metadata.namespace, old.metadata.name, options);
  return warnings;
};

/** DELETE of a collection, by selectors. */
export const removeCollection = async (call: WriteCall): Promise<Answer> => {
  const { request, route, query, parts } = call;
  const body = parseBody(await readBody(request), request.headers['content-type']);
  const options = optionsOf(query, body);
  const dryRun = isDryRun(query, body);
  const page = listPage(parts.store, route.type, route.namespace, query);
  const warnings = page.items.flatMap((object) => removeOne(call, object, options, dryRun));
  return { code: 200, body: listJson(route.type, page), warnings };
};
