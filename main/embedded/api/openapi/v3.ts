import type { JsonSchema } from '../../admission/schema.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { definitionsFor } from './definitions.ts';
import type { Dialect } from './operations.ts';
import { pathItems } from './operations.ts';

type Json = Record<string, unknown>;
const ref = '#/components/schemas/';

const content = (mediaTypes: readonly string[], schema: Json): Json =>
  Object.fromEntries(mediaTypes.map((type) => [type, { schema }]));

const dialect: Dialect = {
  parameter: ({ name, description, type }) => ({ name, in: 'query', description, schema: { type, uniqueItems: true } }),
  pathParameter: (name) => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } }),
  body: (name, mediaTypes) => ({
    parameters: [],
    members: { requestBody: { required: true, content: content(mediaTypes, name ? { $ref: `${ref}${name}` } : { type: 'object' }) } },
  }),
  answer: (name) => ({ description: 'OK', content: content(['application/json'], { $ref: `${ref}${name}` }) }),
}; // prettier-ignore

/** OpenAPI 3.0 document of one group and version. */
export const openApiV3 = (types: readonly ResourceType[], schemaOf: (type: ResourceType) => JsonSchema): Json => ({
  openapi: '3.0.0',
  info: { title: 'Hearth', version: 'v1.36.0+hearth' },
  paths: Object.assign({}, ...types.map((type) => pathItems(type, dialect))) as Json,
  components: { schemas: definitionsFor(types, schemaOf, ref) },
});
