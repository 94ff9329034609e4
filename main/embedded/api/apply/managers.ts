import type { JsonSchema } from '../../admission/schema.ts';
import type { KubeObject } from '../../kube/object.ts';
import { same } from '../../store/clone.ts';
import { now } from '../../store/metadata.ts';
import { isMap } from '../patch/merge-patch.ts';
import type { FieldSet } from './field-set.ts';
import { compare, difference, fieldsOf, isEmpty, union } from './field-set.ts';

/** One entry of metadata.managedFields. */
export interface ManagerEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldSet;
  subresource?: string;
}
export type Manager = Pick<ManagerEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

/** The entries of an object; whatever has not their shape is left out. */
export const entriesOf = (object: Readonly<KubeObject> | undefined): ManagerEntry[] =>
  (object?.metadata.managedFields ?? []).filter(
    (entry): entry is ManagerEntry => isMap(entry) && typeof entry['manager'] === 'string' && isMap(entry['fieldsV1']),
  );

export const isSame = (a: Manager, b: Manager): boolean =>
  a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource;

/** Fields that the server keeps, and that therefore belong to nobody. */
const unowned: FieldSet = {
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': Object.fromEntries(
    ['name', 'namespace', 'generateName', 'creationTimestamp', 'uid', 'generation', 'managedFields', 'resourceVersion', 'selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds'].map((name) => [`f:${name}`, {}]),
  ),
}; // prettier-ignore

/** Without what nobody owns. */
export const owned = (set: FieldSet): FieldSet => difference(set, unowned);

export const ownedFieldsOf = (object: Readonly<KubeObject>, schema: JsonSchema | undefined): FieldSet =>
  owned(fieldsOf(withoutManagers(object), schema));

const withoutManagers = (object: Readonly<KubeObject>): object => {
  const { managedFields: _managed, ...metadata } = object.metadata;
  return { ...object, metadata };
};

/** Replaces one manager's fields; the time moves only where the fields did. Managers of nothing are dropped. */
export const withEntry = (entries: ManagerEntry[], manager: Manager, fieldsV1: FieldSet): ManagerEntry[] => {
  const previous = entries.find((entry) => isSame(entry, manager));
  const unchanged = previous && same(previous.fieldsV1, fieldsV1) && previous.apiVersion === manager.apiVersion;
  const next = unchanged ? previous : { ...entryOf(manager), time: now(), fieldsType: 'FieldsV1' as const, fieldsV1 };
  const others = entries.filter((entry) => !isSame(entry, manager));
  return [...others, next].filter((entry) => !isEmpty(entry.fieldsV1));
};

const entryOf = ({ manager, operation, apiVersion, subresource }: Manager) => ({
  manager,
  operation,
  apiVersion,
  ...(subresource === undefined ? {} : { subresource }),
});

/** managedFields after a create, an update or a patch: who changed a field owns it, alone. */
export const trackUpdate = (
  before: Readonly<KubeObject> | undefined,
  after: Readonly<KubeObject>,
  manager: Manager,
  schema: JsonSchema | undefined,
): ManagerEntry[] => {
  // A client may hand managedFields back changed (kubectl does, when it turns to server-side apply).
  const entries = entriesOf(after.metadata.managedFields === undefined ? before : after);
  if (!before) return withEntry(entries, manager, ownedFieldsOf(after, schema));
  const { changed, removed } = compare(withoutManagers(before), withoutManagers(after), schema);
  const mine = owned(changed);
  const gone = owned(removed);
  if (isEmpty(mine) && isEmpty(gone)) return entries;
  const kept = entries
    .map((entry) => ({ ...entry, fieldsV1: isSame(entry, manager) ? difference(entry.fieldsV1, gone) : difference(difference(entry.fieldsV1, mine), gone) }))
    .filter((entry) => !isEmpty(entry.fieldsV1)); // prettier-ignore
  const earlier = kept.find((entry) => isSame(entry, manager))?.fieldsV1 ?? {};
  return withEntry(kept, manager, union(earlier, mine));
};
