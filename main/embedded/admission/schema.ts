import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiVersionOf, groupResource } from '../kube/resources.ts';
import type { ResourceType } from '../kube/resources.ts';

/** A structural schema as CustomResourceDefinitions have it; `$ref`s are resolved. Shared: never change it. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
}

interface CoreFile {
  kinds: Record<string, string>;
  definitions: Record<string, Raw>;
}
type Raw = Omit<JsonSchema, 'properties'> & { properties?: Record<string, Raw>; $ref?: string };

/** Volume snapshots are an add-on to Kubernetes with CustomResourceDefinitions of its own. */
const isCore = (type: ResourceType): boolean =>
  ['', 'apps', 'batch'].includes(type.group) ||
  (type.group.endsWith('.k8s.io') && type.group !== 'snapshot.storage.k8s.io');

export interface Schemas {
  /** Schema of a kind's objects with apiVersion, kind and metadata. Read at the first call, then kept. */
  schemaOf(type: ResourceType): JsonSchema;
}

const byAssets = new Map<string, Schemas>();
/** Schemas from the project's assets folder, each read at its first use and then shared by all who ask. */
export const schemasFrom = (assets: string): Schemas => {
  let schemas = byAssets.get(assets);
  if (!schemas) byAssets.set(assets, (schemas = createSchemas(assets)));
  return schemas;
};

const createSchemas = (assets: string): Schemas => {
  const known = new Map<string, JsonSchema>();
  const resolved = new Map<string, JsonSchema>();
  let core: CoreFile | undefined;

  const coreFile = (): CoreFile =>
    (core ??= JSON.parse(readFileSync(join(assets, 'kubernetes/core-schemas.json'), 'utf8')) as CoreFile);

  const definition = (name: string): JsonSchema => {
    const done = resolved.get(name);
    if (done) return done;
    const raw = coreFile().definitions[name];
    if (!raw) throw new Error(`core-schemas.json has no definition of ${name}`);
    const schema = resolve(raw);
    resolved.set(name, schema);
    return schema;
  };
  const resolve = (raw: Raw | JsonSchema): JsonSchema => {
    if ('$ref' in raw && raw.$ref !== undefined) {
      const { $ref, ...own } = raw;
      return { ...definition($ref), ...own };
    }
    const schema: Record<string, unknown> = { ...raw };
    if (raw.properties) {
      schema['properties'] = Object.fromEntries(
        Object.entries(raw.properties).map(([name, property]) => [name, resolve(property)]),
      );
    }
    if (raw.items) schema['items'] = resolve(raw.items);
    if (raw.additionalProperties) schema['additionalProperties'] = resolve(raw.additionalProperties);
    return schema;
  };

  const load = (type: ResourceType): JsonSchema => {
    if (isCore(type)) {
      const model = coreFile().kinds[`${apiVersionOf(type)}/${type.kind}`];
      if (!model) throw new Error(`core-schemas.json has no kind ${type.kind}`);
      return definition(model);
    }
    const file = join(assets, 'kubevirt/crds', `${type.group}_${type.plural}.json`);
    const crd = JSON.parse(readFileSync(file, 'utf8')) as {
      spec: { versions: { schema?: { openAPIV3Schema?: JsonSchema } }[] };
    };
    const schema = crd.spec.versions.map((version) => version.schema?.openAPIV3Schema).find((one) => one !== undefined);
    if (!schema) throw new Error(`${file} has no schema`);
    return { ...schema, properties: { ...schema.properties, metadata: definition('V1ObjectMeta') } };
  };

  return {
    schemaOf(type) {
      const key = groupResource(type);
      const found = known.get(key);
      if (found) return found;
      const schema = load(type);
      known.set(key, schema);
      return schema;
    },
  };
};
