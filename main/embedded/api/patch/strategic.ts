import type { JsonSchema } from '../../admission/schema.ts';
import { badRequest } from '../../kube/status-error.ts';
import { clone, same } from '../../store/clone.ts';
import type { Json } from './merge-patch.ts';
import { isMap } from './merge-patch.ts';

const directives = /^\$(?:patch|retainKeys|setElementOrder\/.*|deleteFromPrimitiveList\/.*)$/;

/** Strategic merge patch: a merge patch that knows which lists merge by a key, from the schema of core kinds. */
export const strategicPatch = (target: unknown, patch: unknown, schema: JsonSchema | undefined): unknown => {
  if (!isMap(patch)) return clone(patch);
  if (patch['$patch'] === 'replace') return without(patch);
  if (patch['$patch'] === 'delete') return {};
  const result: Json = isMap(target) ? { ...target } : {};
  const keep = patch['$retainKeys'];
  if (Array.isArray(keep)) for (const key of Object.keys(result)) if (!keep.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    if (directives.test(key)) continue;
    const inner = schema?.properties?.[key] ?? schema?.additionalProperties;
    if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = mergeList(result[key], value, inner);
    else if (isMap(value) && value['$patch'] === 'delete') delete result[key];
    else result[key] = strategicPatch(result[key], value, inner);
  }
  for (const [key, value] of Object.entries(patch)) {
    const [directive, field] = key.split('/', 2);
    if (field === undefined || !Array.isArray(value)) continue;
    const list = result[field];
    if (directive === '$deleteFromPrimitiveList' && Array.isArray(list)) {
      result[field] = list.filter((item) => !value.some((gone) => same(gone, item)));
    }
    if (directive === '$setElementOrder') result[field] = ordered(result[field], value, schema?.properties?.[field]);
  }
  return result;
};

const without = (patch: Json): Json =>
  clone(Object.fromEntries(Object.entries(patch).filter(([key]) => !directives.test(key))));

const mergeKey = (schema: JsonSchema | undefined): string | undefined => schema?.['x-kubernetes-patch-merge-key'];
const merges = (schema: JsonSchema | undefined): boolean =>
  schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge') === true;

const mergeList = (target: unknown, patch: unknown[], schema: JsonSchema | undefined): unknown[] => {
  if (!merges(schema) || patch.some((item) => isMap(item) && item['$patch'] === 'replace')) {
    return patch
      .filter((item) => !(isMap(item) && item['$patch'] !== undefined && Object.keys(item).length === 1))
      .map(clone);
  }
  const result: unknown[] = Array.isArray(target) ? [...(target as unknown[])] : [];
  const key = mergeKey(schema);
  for (const item of patch) {
    if (!key || !isMap(item)) {
      if (!result.some((present) => same(present, item))) result.push(clone(item));
      continue;
    }
    if (item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const index = result.findIndex((present) => isMap(present) && same(present[key], item[key]));
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicPatch(result[index], item, schema?.items);
    else result.push(without(strategicPatch({}, item, schema?.items) as Json));
  }
  return result;
};

/** Puts the named elements in the order given; others keep their place at the end. */
const ordered = (list: unknown, order: unknown[], schema: JsonSchema | undefined): unknown => {
  if (!Array.isArray(list)) return list;
  const key = mergeKey(schema);
  const id = (item: unknown) => (key && isMap(item) ? item[key] : item);
  const place = (item: unknown) => {
    const index = order.findIndex((wanted) => same(id(wanted), id(item)));
    return index < 0 ? order.length : index;
  };
  return [...(list as unknown[])].sort((a, b) => place(a) - place(b));
};
