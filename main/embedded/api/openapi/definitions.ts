import type { JsonSchema } from '../../admission/schema.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { definitionName, gvk, listMeta, objectMeta } from './names.ts';

type Json = Record<string, unknown>;

const stringMap = { type: 'object', additionalProperties: { type: 'string' } };
const text = (description: string, format?: string): Json => ({
  type: 'string',
  description,
  ...(format ? { format } : {}),
});

/** metadata of every object. Descriptions shortened from apimachinery. */
const sharedDefinitions: Record<string, Json> = {
  [objectMeta]: {
    description: 'ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.',
    type: 'object',
    properties: {
      annotations: { ...stringMap, description: 'Annotations is an unstructured key value map stored with a resource that may be set by external tools to store and retrieve arbitrary metadata.' },
      creationTimestamp: text('CreationTimestamp is the server time when this object was created. Read-only.', 'date-time'),
      deletionGracePeriodSeconds: { type: 'integer', format: 'int64', description: 'Number of seconds allowed for this object to gracefully terminate before it will be removed. Read-only.' },
      deletionTimestamp: text('DeletionTimestamp is when this resource will be deleted: it waits for its finalizers. Read-only.', 'date-time'),
      finalizers: { type: 'array', items: { type: 'string' }, description: 'Must be empty before the object is deleted from the registry.', 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' },
      generateName: text('GenerateName is an optional prefix, used by the server to generate a unique name ONLY IF the Name field has not been provided.'),
      generation: { type: 'integer', format: 'int64', description: 'A sequence number representing a specific generation of the desired state. Read-only.' },
      labels: { ...stringMap, description: 'Map of string keys and values that can be used to organize and categorize (scope and select) objects.' },
      managedFields: { type: 'array', items: { type: 'object' }, description: 'ManagedFields maps workflow-id and version to the set of fields that are managed by that workflow.', 'x-kubernetes-list-type': 'atomic' },
      name: text('Name must be unique within a namespace.'),
      namespace: text('Namespace defines the space within which each name must be unique.'),
      ownerReferences: {
        type: 'array',
        description: 'List of objects depended by this object. If ALL objects in the list have been deleted, this object will be garbage collected.',
        'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['uid'], 'x-kubernetes-patch-merge-key': 'uid', 'x-kubernetes-patch-strategy': 'merge',
        items: {
          type: 'object',
          required: ['apiVersion', 'kind', 'name', 'uid'],
          properties: {
            apiVersion: text('API version of the referent.'),
            blockOwnerDeletion: { type: 'boolean', description: 'The owner cannot be deleted in the foreground until this reference is removed.' },
            controller: { type: 'boolean', description: 'If true, this reference points to the managing controller.' },
            kind: text('Kind of the referent.'),
            name: text('Name of the referent.'),
            uid: text('UID of the referent.'),
          },
        },
      },
      resourceVersion: text('An opaque value that represents the internal version of this object that can be used by clients to determine when objects have changed. Read-only.'),
      uid: text('UID is the unique in time and space value for this object. Read-only.'),
    },
  },
  [listMeta]: {
    description: 'ListMeta describes metadata that synthetic resources must have, including lists and various status objects.',
    type: 'object',
    properties: {
      continue: text('The token of the next page, where there is one.'),
      remainingItemCount: { type: 'integer', format: 'int64', description: 'Number of items that are not in this page.' },
      resourceVersion: text('The version of the list, to watch from.'),
    },
  },
}; // prettier-ignore

/** The kind's own definition and its list's. `ref` is where the dialect keeps definitions. */
const definitionsOf = (type: ResourceType, schema: JsonSchema, ref: string): Record<string, Json> => {
  const { properties = {}, ...rest } = schema;
  const meta = { description: "Standard object's metadata.", allOf: [{ $ref: `${ref}${objectMeta}` }] };
  const plainMeta = { description: meta.description, $ref: `${ref}${objectMeta}` };
  const metadata = ref.startsWith('#/components') ? { ...meta, default: {} } : plainMeta;
  const identity = [{ ...gvk(type) }];
  const listIdentity = [{ ...gvk(type), kind: `${type.kind}List` }];
  const apiVersion = text('APIVersion defines the versioned schema of this representation of an object.');
  const kind = text('Kind is a string value representing the REST resource this object represents.');
  const own = { ...rest, type: 'object', properties: { apiVersion, kind, ...properties, metadata }, 'x-kubernetes-group-version-kind': identity }; // prettier-ignore
  const list = {
    description: `${type.kind}List is a list of ${type.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion,
      items: { type: 'array', items: { $ref: `${ref}${definitionName(type)}` } },
      kind,
      metadata: { $ref: `${ref}${listMeta}` },
    },
    'x-kubernetes-group-version-kind': listIdentity,
  };
  return { [definitionName(type)]: own, [definitionName(type, `${type.kind}List`)]: list };
};

/** Definitions of these kinds and of what they share. */
export const definitionsFor = (
  types: readonly ResourceType[],
  schemaOf: (type: ResourceType) => JsonSchema,
  ref: string,
): Record<string, Json> =>
  Object.assign({}, sharedDefinitions, ...types.map((type) => definitionsOf(type, schemaOf(type), ref)));
