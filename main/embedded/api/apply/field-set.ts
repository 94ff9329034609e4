import type { JsonSchema } from '../../admission/schema.ts';
import { same } from '../../store/clone.ts';
import type { Json } from '../patch/merge-patch.ts';
import { isMap } from '../patch/merge-patch.ts';

/**
 * A set of fields in the form of managedFields' fieldsV1: `f:name` a field, `k:{...}` an element of a keyed list,
 * `v:...` an element of a set, `.` the thing itself. An empty map is a leaf.
 */
export interface FieldSet {
  [segment: string]: FieldSet;
}
const leaf: FieldSet = {};
const self = '.';

const isAtomicMap = (schema: JsonSchema | undefined): boolean => schema?.['x-kubernetes-map-type'] === 'atomic';
const listType = (schema: JsonSchema | undefined): string => schema?.['x-kubernetes-list-type'] ?? 'atomic';

/** Schema of a member. Where the schema says nothing, maps are granular and lists atomic, as in Kubernetes. */
export const schemaAt = (schema: JsonSchema | undefined, segment: string): JsonSchema | undefined => {
  if (segment.startsWith('f:')) return schema?.properties?.[segment.slice(2)] ?? schema?.additionalProperties;
  return schema?.items;
};

/** `k:{"name":"a"}` of a list's element; undefined where it has none of the keys. */
const keySegment = (item: unknown, schema: JsonSchema | undefined): string | undefined => {
  if (!isMap(item)) return undefined;
  const keys: Json = {};
  for (const name of [...(schema?.['x-kubernetes-list-map-keys'] ?? [])].sort()) {
    const value = item[name] ?? schema?.items?.properties?.[name]?.default;
    if (value !== undefined) keys[name] = value;
  }
  return Object.keys(keys).length > 0 ? `k:${JSON.stringify(keys)}` : undefined;
};

/** The members of a value by their segments; undefined for a value that is one piece. */
export const membersOf = (value: unknown, schema: JsonSchema | undefined): Map<string, unknown> | undefined => {
  if (isMap(value)) {
    if (isAtomicMap(schema)) return undefined;
    return new Map(Object.entries(value).map(([name, member]) => [`f:${name}`, member]));
  }
  if (!Array.isArray(value)) return undefined;
  const kind = listType(schema);
  if (kind === 'set') return new Map((value as unknown[]).map((item) => [`v:${JSON.stringify(item)}`, item]));
  if (kind !== 'map') return undefined;
  const members = new Map<string, unknown>();
  for (const item of value as unknown[]) {
    const segment = keySegment(item, schema);
    if (segment === undefined) return undefined;
    members.set(segment, item);
  }
  return members;
};

/** All fields that a value sets. */
export const fieldsOf = (value: unknown, schema: JsonSchema | undefined): FieldSet => {
  const members = membersOf(value, schema);
  if (!members || members.size === 0) return leaf;
  const set: FieldSet = {};
  for (const [segment, member] of members) {
    const inner = fieldsOf(member, schemaAt(schema, segment));
    set[segment] = segment.startsWith('k:') ? { [self]: leaf, ...inner } : inner;
  }
  return set;
};

/** Fields that are new or different in `after`, and those that are gone. */
export const compare = (
  before: unknown,
  after: unknown,
  schema: JsonSchema | undefined,
): { changed: FieldSet; removed: FieldSet } => {
  const result: { changed: FieldSet; removed: FieldSet } = { changed: {}, removed: {} };
  const [old, now] = [
    membersOf(before, schema) ?? new Map<string, unknown>(),
    membersOf(after, schema) ?? new Map<string, unknown>(),
  ];
  for (const [segment, member] of now) {
    const inner = schemaAt(schema, segment);
    if (!old.has(segment)) {
      const fields = fieldsOf(member, inner);
      result.changed[segment] = segment.startsWith('k:') ? { [self]: leaf, ...fields } : fields;
      continue;
    }
    const earlier = old.get(segment);
    if (same(earlier, member)) continue;
    if (!membersOf(earlier, inner) || !membersOf(member, inner)) {
      const [was, is] = [fieldsOf(earlier, inner), fieldsOf(member, inner)];
      result.changed[segment] = is;
      // One piece became several, or the other way round: the fields of before are no more.
      if (isEmpty(was) !== isEmpty(is)) result.removed[segment] = was;
      continue;
    }
    const deeper = compare(earlier, member, inner);
    if (!isEmpty(deeper.changed)) result.changed[segment] = deeper.changed;
    if (!isEmpty(deeper.removed)) result.removed[segment] = deeper.removed;
  }
  for (const [segment, member] of old) {
    if (!now.has(segment)) result.removed[segment] = fieldsOf(member, schemaAt(schema, segment));
  }
  return result;
};

export const isEmpty = (set: FieldSet): boolean => Object.keys(set).length === 0;

export const union = (a: FieldSet, b: FieldSet): FieldSet => {
  const result: FieldSet = { ...a };
  for (const [segment, inner] of Object.entries(b))
    result[segment] = result[segment] ? union(result[segment], inner) : inner;
  return result;
};

/** Fields of `a` that are not in `b`. A field and what is inside it are different fields. */
export const difference = (a: FieldSet, b: FieldSet): FieldSet => {
  const result: FieldSet = {};
  for (const [segment, inner] of Object.entries(a)) {
    const other = b[segment];
    if (!other) result[segment] = inner;
    else if (!isEmpty(other) && !isEmpty(inner)) {
      const rest = difference(inner, other);
      // The marker of an element stands as long as anything in it does.
      if (!isEmpty(rest)) result[segment] = rest;
    } else if (isEmpty(inner) !== isEmpty(other)) result[segment] = inner;
  }
  return result;
};

/** Fields that both have. */
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => {
  const result: FieldSet = {};
  for (const [segment, inner] of Object.entries(a)) {
    const other = b[segment];
    if (!other) continue;
    if (isEmpty(inner) || isEmpty(other)) {
      if (isEmpty(inner) && isEmpty(other)) result[segment] = leaf;
      continue;
    }
    const both = intersection(inner, other);
    if (!isEmpty(both)) result[segment] = both;
  }
  return result;
};

/** Paths of the leaves as Kubernetes prints them: `.spec.ports[port=80,protocol="TCP"].name`. */
export const pathsOf = (set: FieldSet, prefix = ''): string[] =>
  Object.entries(set).flatMap(([segment, inner]) => {
    if (segment === self) return [];
    const path = `${prefix}${printSegment(segment)}`;
    const below = pathsOf(inner, path);
    return below.length > 0 ? below : [path];
  });

const printSegment = (segment: string): string => {
  const text = segment.slice(2);
  if (segment.startsWith('f:')) return `.${text}`;
  if (segment.startsWith('v:')) return `[=${text}]`;
  const keys = Object.entries(JSON.parse(text) as Json).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
};
