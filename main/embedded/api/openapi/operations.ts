import type { ResourceType } from '../../kube/resources.ts';
import { definitionName, gvk, pathsOf } from './names.ts';

type Json = Record<string, unknown>;
interface Parameter {
  name: string;
  description: string;
  type: 'string' | 'boolean' | 'integer';
}

const parameter = (name: string, description: string, type: Parameter['type'] = 'string'): Parameter => ({
  name,
  description,
  type,
});
const dryRun = parameter(
  'dryRun',
  'When present, indicates that modifications should not be persisted. The only valid value is All.',
);
const fieldManager = parameter('fieldManager', 'The name of the actor or entity that is making these changes.');
const fieldValidation = parameter(
  'fieldValidation',
  'What to do with unknown or duplicate fields: Ignore, Warn (default) or Strict.',
);
const force = parameter('force', 'Re-acquire conflicting fields owned by other people (apply patch only).', 'boolean');
const pretty = parameter('pretty', 'Accepted for compatibility.');
const listParameters = [
  parameter('allowWatchBookmarks', 'Asks for BOOKMARK events in a watch.', 'boolean'),
  parameter('continue', 'The token of the page to go on with.'),
  parameter('fieldSelector', 'Restricts the list by fields.'),
  parameter('labelSelector', 'Restricts the list by labels.'),
  parameter('limit', 'Maximum number of objects in one answer.', 'integer'),
  parameter('resourceVersion', 'Where a watch begins, or how new a list must be.'),
  parameter('resourceVersionMatch', 'How resourceVersion is applied to a list.'),
  parameter('sendInitialEvents', 'A watch begins with the objects that are there.', 'boolean'),
  parameter('timeoutSeconds', 'How long a watch lasts.', 'integer'),
  parameter('watch', 'Watch instead of list.', 'boolean'),
];
const write = [dryRun, fieldManager, fieldValidation];
const remove = [dryRun, parameter('gracePeriodSeconds', 'Seconds before the object is deleted.', 'integer'), parameter('propagationPolicy', 'Orphan, Background or Foreground.')]; // prettier-ignore

/** The two dialects of OpenAPI that clients ask for. */
export interface Dialect {
  parameter(parameter: Parameter): Json;
  pathParameter(name: string): Json;
  /** Members of an operation that takes a body in one of these media types. */
  body(name: string | undefined, mediaTypes: readonly string[]): { parameters: Json[]; members: Json };
  answer(name: string): Json;
}

/** Paths of one kind with what clients look for in them: kinds, parameters, patch types. */
export const pathItems = (type: ResourceType, dialect: Dialect): Record<string, Json> => {
  const { all, collection, object } = pathsOf(type);
  const kind = definitionName(type);
  const list = definitionName(type, `${type.kind}List`);
  const tag = type.group ? `${type.group.replaceAll('.', '')}_${type.version}` : `core_${type.version}`;
  const can = (verb: string) => type.verbs.includes(verb);
  const operation = (action: string, verb: string, parameters: Parameter[], answer: string, body?: { name?: string; types: readonly string[] }): Json => {
    const sent = body ? dialect.body(body.name, body.types) : { parameters: [], members: {} };
    return {
      description: `${verb} ${type.kind}`,
      operationId: `${verb}${type.group.split('.').map((part) => part[0]?.toUpperCase() + part.slice(1)).join('')}${type.version}${type.kind}`,
      tags: [tag],
      parameters: [...sent.parameters, ...parameters.map((entry) => dialect.parameter(entry))],
      ...sent.members,
      responses: { '200': dialect.answer(answer), '401': { description: 'Unauthorized' } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': gvk(type),
    };
  }; // prettier-ignore
  const json = ['application/json', 'application/yaml'];
  const patchTypes = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json', ...(type.strategicMerge ? ['application/strategic-merge-patch+json'] : [])]; // prettier-ignore
  const items: Record<string, Json> = {};
  const namespace = type.namespaced ? [dialect.pathParameter('namespace')] : [];
  const prettyParameter = dialect.parameter(pretty);
  if (all && can('list'))
    items[all] = { get: operation('list', 'list', listParameters, list), parameters: [prettyParameter] };
  items[collection] = {
    ...(can('list') ? { get: operation('list', 'list', listParameters, list) } : {}),
    ...(can('create') ? { post: operation('post', 'create', write, kind, { name: kind, types: json }) } : {}),
    ...(can('deletecollection') ? { delete: operation('deletecollection', 'deletecollection', [...remove, ...listParameters], kind) } : {}),
    parameters: [...namespace, prettyParameter],
  }; // prettier-ignore
  if (!can('get')) return items;
  items[object] = {
    get: operation('get', 'read', [], kind),
    ...(can('update') ? { put: operation('put', 'replace', write, kind, { name: kind, types: json }) } : {}),
    ...(can('delete') ? { delete: operation('delete', 'delete', remove, kind) } : {}),
    ...(can('patch') ? { patch: operation('patch', 'patch', [...write, force], kind, { types: patchTypes }) } : {}),
    parameters: [dialect.pathParameter('name'), ...namespace, prettyParameter],
  };
  return items;
};
