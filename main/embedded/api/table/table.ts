import type { Stored } from '../../kube/object.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { columnsOf } from './columns.ts';

/** Whether the client would rather have rows to print than objects. */
export const wantsTable = (accept: string | undefined): boolean => {
  const [first = ''] = (accept ?? '').split(',');
  const text = first.replaceAll(' ', '');
  return (
    text.startsWith('application/json;') &&
    /as=Table\b/.test(text) &&
    text.includes('g=meta.k8s.io') &&
    /v=v1(?:beta1)?\b/.test(text)
  );
};

const definitions = (type: ResourceType): object[] =>
  columnsOf(type).map(({ name, type: kind, priority = 0, format = '', description = '' }) => ({
    name,
    type: kind,
    format,
    description,
    priority,
  }));

/** A meta.k8s.io/v1 Table. `includeObject`: Metadata (default), Object or None. */
export const tableJson = (
  type: ResourceType,
  objects: readonly Stored[],
  metadata: object,
  includeObject: string | null,
  withColumns = true,
): object => ({
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
  columnDefinitions: withColumns ? definitions(type) : null,
  rows: objects.map((object) => ({
    cells: columnsOf(type).map((entry) => entry.cell(object)),
    object: included(object, includeObject),
  })),
});

const included = (object: Stored, what: string | null): object | null => {
  if (what === 'None') return null;
  if (what === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
};
