import type { Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';
import { apiVersionOf } from '../kube/resources.ts';
import { StatusError, badRequest } from '../kube/status-error.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { keyOf } from '../kube/object.ts';
import { jsonOf } from './json.ts';
import { selectorOf } from './selectors.ts';

export interface Page {
  items: readonly Stored[];
  resourceVersion: string;
  continue?: string;
  remaining?: number;
}

/** 504 as Kubernetes says it: the client knows a version that this server has not reached. */
export const checkRevision = (store: ObjectStore, wanted: string | null): number | undefined => {
  if (wanted === null || wanted === '') return undefined;
  if (!/^\d{1,16}$/.test(wanted)) {
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(wanted)}: strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`); // prettier-ignore
  }
  if (Number(wanted) > Number(store.resourceVersion)) {
    throw new StatusError(504, 'Timeout', `Too large resource version: ${wanted}, current: ${store.resourceVersion}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      details: { retryAfterSeconds: 1 },
    });
  }
  return Number(wanted);
};

interface Cursor {
  /** resourceVersion of the first page. */
  rv: string;
  /** Key of the last object given. */
  after: string;
}
const encode = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');
const decode = (text: string): Cursor => {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Partial<Cursor>;
    if (typeof cursor.rv === 'string' && typeof cursor.after === 'string')
      return { rv: cursor.rv, after: cursor.after };
  } catch {
    // Falls through: the same answer as for a token of the wrong shape.
  }
  throw badRequest('continue key is not valid');
};

/**
 * One page of a list. Later pages show the state of now, not of the first page: each object is seen at most once, and
 * the resourceVersion is that of the first page, so that a watch from there misses nothing.
 */
export const listPage = (
  store: ObjectStore,
  type: ResourceType,
  namespace: string | undefined,
  query: URLSearchParams,
): Page => {
  const exact = query.get('resourceVersionMatch') === 'Exact';
  const wanted = checkRevision(store, query.get('resourceVersion'));
  if (exact && wanted !== undefined && wanted !== 0 && String(wanted) !== store.resourceVersion) throw expired();
  const selects = selectorOf(query);
  const limit = Number(query.get('limit') ?? 0);
  if (!Number.isSafeInteger(limit) || limit < 0) throw badRequest('limit: Invalid value: must be a number, 0 or more');
  const token = query.get('continue');
  const cursor = token ? decode(token) : undefined;
  if (cursor && checkRevision(store, cursor.rv) !== undefined && Number(cursor.rv) < store.oldestRevision)
    throw expired();
  const all = store.list(type, namespace);
  const chosen = query.get('labelSelector') || query.get('fieldSelector') ? all.filter(selects) : all;
  const start = cursor ? chosen.findIndex((object) => compareKeys(keyOf(object), cursor.after) > 0) : 0;
  const rest = start < 0 ? [] : start === 0 ? chosen : chosen.slice(start);
  const resourceVersion = cursor?.rv ?? store.resourceVersion;
  if (limit === 0 || rest.length <= limit) return { items: rest, resourceVersion };
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    resourceVersion,
    continue: encode({ rv: resourceVersion, after: last ? keyOf(last) : '' }),
    remaining: rest.length - limit,
  };
};

/** Namespace first, then name: the order of the store's lists. */
const compareKeys = (a: string, b: string): number => {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
};

export const expired = (): StatusError =>
  new StatusError(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.'); // prettier-ignore

export const listMeta = (page: Page): object => ({
  resourceVersion: page.resourceVersion,
  ...(page.continue === undefined ? {} : { continue: page.continue, remainingItemCount: page.remaining }),
});

/** A list's JSON, put together from its objects' cached texts. */
export const listJson = (type: ResourceType, page: Page): string => {
  const head = JSON.stringify({ kind: `${type.kind}List`, apiVersion: apiVersionOf(type), metadata: listMeta(page) });
  return `${head.slice(0, -1)},"items":[${page.items.map(jsonOf).join(',')}]}`;
};
