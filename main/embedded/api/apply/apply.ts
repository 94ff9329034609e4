import type { JsonSchema } from '../../admission/schema.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { StatusError } from '../../kube/status-error.ts';
import { clone } from '../../store/clone.ts';
import type { Json } from '../patch/merge-patch.ts';
import { isMap } from '../patch/merge-patch.ts';
import type { FieldSet } from './field-set.ts';
import { compare, difference, intersection, membersOf, pathsOf, schemaAt, union } from './field-set.ts';
import type { Manager, ManagerEntry } from './managers.ts';
import { entriesOf, isSame, ownedFieldsOf, withEntry } from './managers.ts';

/**
 * Server-side apply: merges what a manager wants into the live object, takes away what it wanted before and no more
 * (unless somebody else owns it too), and refuses to change what others own unless forced. 409 in Kubernetes' words.
 */
export const applyConfig = (
  live: Stored | undefined,
  config: KubeObject,
  manager: Manager,
  schema: JsonSchema | undefined,
  force: boolean,
): KubeObject => {
  const wanted = ownedFieldsOf(config, schema);
  const entries = entriesOf(live);
  const others = entries.filter((entry) => !isSame(entry, manager));
  let merged = merge(live, config, schema) as KubeObject;
  const { changed } = compare(live ?? {}, merged, schema);
  const conflicts = others
    .map((entry) => ({ entry, fields: intersection(entry.fieldsV1, changed) }))
    .filter(({ fields }) => pathsOf(fields).length > 0);
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  const left = entries.map((entry) => {
    const lost = conflicts.find((conflict) => conflict.entry === entry);
    return lost ? { ...entry, fieldsV1: difference(entry.fieldsV1, lost.fields) } : entry;
  });
  const previous = entries.find((entry) => isSame(entry, manager))?.fieldsV1 ?? {};
  const held = left
    .filter((entry) => !isSame(entry, manager))
    .reduce((all: FieldSet, entry) => union(all, entry.fieldsV1), {});
  merged = remove(merged, difference(previous, wanted), held, wanted, schema) as KubeObject;
  merged.metadata = { ...merged.metadata, managedFields: withEntry(left, manager, wanted) };
  return merged;
};

/** The live value with the wanted one on top of it. */
const merge = (live: unknown, wanted: unknown, schema: JsonSchema | undefined): unknown => {
  const now = membersOf(live, schema);
  const next = membersOf(wanted, schema);
  if (!next || !now || Array.isArray(live) !== Array.isArray(wanted)) return clone(wanted);
  const merged = new Map(now);
  for (const [segment, member] of next) {
    const inner = schemaAt(schema, segment);
    merged.set(segment, now.has(segment) ? merge(now.get(segment), member, inner) : clone(member));
  }
  if (Array.isArray(wanted)) return [...merged.values()];
  return Object.fromEntries([...merged].map(([segment, member]) => [segment.slice(2), member]));
};

/** Takes fields away that the manager gave up and nobody else holds. */
const remove = (
  value: unknown,
  gone: FieldSet,
  held: FieldSet,
  wanted: FieldSet,
  schema: JsonSchema | undefined,
): unknown => {
  const members = membersOf(value, schema);
  if (!members) return value;
  for (const [segment, fields] of Object.entries(gone)) {
    if (!members.has(segment)) continue;
    const inner = schemaAt(schema, segment);
    const others = held[segment];
    const mine = wanted[segment];
    if (others === undefined && mine === undefined) members.delete(segment);
    else if (Object.keys(fields).length > 0) {
      const rest = remove(members.get(segment), fields, others ?? {}, mine ?? {}, inner);
      members.set(segment, segment.startsWith('k:') ? withKeys(rest, segment) : rest);
    }
  }
  if (Array.isArray(value)) return [...members.values()];
  return Object.fromEntries([...members].map(([segment, member]) => [segment.slice(2), member]));
};

/** An element keeps the fields that name it. */
const withKeys = (element: unknown, segment: string): unknown =>
  isMap(element) ? { ...(JSON.parse(segment.slice(2)) as Json), ...element } : element;

/** Wording of k8s.io/apimachinery managedfields/internal/conflict.go. */
const conflictError = (conflicts: readonly { entry: ManagerEntry; fields: FieldSet }[]): StatusError => {
  const all = conflicts.flatMap(({ entry, fields }) => pathsOf(fields).map((path) => ({ who: print(entry), path })));
  const causes = all.map(({ who, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${who}`,
    field: path,
  }));
  const [first] = all;
  if (all.length === 1 && first) {
    const message = `Apply failed with 1 conflict: conflict with ${first.who}: ${first.path}`;
    return new StatusError(409, 'Conflict', message, { causes });
  }
  const managers = [...new Set(all.map(({ who }) => who))].sort();
  const lines = managers.flatMap((who) => [
    `conflicts with ${who}:`,
    ...all.filter((item) => item.who === who).map(({ path }) => `- ${path}`),
  ]);
  return new StatusError(409, 'Conflict', `Apply failed with ${all.length} conflicts: ${lines.join('\n')}`, { causes });
};

const print = (entry: ManagerEntry): string => {
  const name = `${JSON.stringify(entry.manager)}${entry.subresource ? ` with subresource ${JSON.stringify(entry.subresource)}` : ''}`;
  if (entry.operation !== 'Update') return name;
  return `${name} using ${entry.apiVersion}${entry.time ? ` at ${entry.time}` : ''}`;
};
