import type { JsonSchema } from '../../admission/schema.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { resourceTypes } from '../../kube/resources.ts';
import { definitionsFor } from './definitions.ts';
import type { Dialect } from './operations.ts';
import { pathItems } from './operations.ts';

type Json = Record<string, unknown>;
const ref = '#/definitions/';

const dialect: Dialect = {
  parameter: ({ name, description, type }) => ({ name, in: 'query', description, type, uniqueItems: true }),
  pathParameter: (name) => ({ name, in: 'path', required: true, type: 'string', uniqueItems: true }),
  body: (name, mediaTypes) => ({
    parameters: [
      { name: 'body', in: 'body', required: true, schema: name ? { $ref: `${ref}${name}` } : { type: 'object' } },
    ],
    members: { consumes: [...mediaTypes] },
  }),
  answer: (name) => ({ description: 'OK', schema: { $ref: `${ref}${name}` } }),
};

/** Swagger 2.0 document of everything that is served. */
export const openApiV2 = (schemaOf: (type: ResourceType) => JsonSchema): Json => ({
  swagger: '2.0',
  info: { title: 'Hearth', version: 'v1.36.0+hearth' },
  paths: Object.assign({}, ...resourceTypes.map((type) => pathItems(type, dialect))) as Json,
  definitions: definitionsFor(resourceTypes, schemaOf, ref),
});
