import { duplicate, notSupported, required, tooLong, tooMany, typeWrong, wrong } from './field-error.ts';
import type { FieldError } from './field-error.ts';
import { quantityValue } from '../kube/quantity.ts';
import type { JsonSchema } from './schema.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const child = (path: string, name: string): string => (path ? `${path}.${name}` : name);

/**
 * A deep copy with what the schema does not know left out and its defaults filled in. Names of unknown fields are
 * added to `unknown`. Values of the wrong type stay as they are: `validate` speaks of them.
 */
export const prune = (schema: JsonSchema, value: unknown, path: string, unknown: string[]): unknown => {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return structuredClone(value);
    return value.map((item, index) => prune(items, item, `${path}[${index}]`, unknown));
  }
  if (!isRecord(value)) return value;
  const { properties, additionalProperties } = schema;
  const keep = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const property = properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (property) {
      // A null where null means nothing is the same as the field left out (apiextensions PruneNonNullableNulls, for core kinds Go's decoder).
      if (item === null && !property.nullable) continue;
      put(copy, name, prune(property, item, child(path, name), unknown));
    } else if (keep || (!properties && schema.type === undefined)) put(copy, name, structuredClone(item));
    else unknown.push(child(path, name));
  }
  if (properties) fillDefaults(properties, copy, path);
  return copy;
};

/** Own property whatever its name is: "__proto__" is an ordinary key in JSON. */
const put = (target: Record<string, unknown>, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
};

const withDefaults = new WeakMap<object, readonly (readonly [string, JsonSchema])[]>();
const fillDefaults = (
  properties: Readonly<Record<string, JsonSchema>>,
  copy: Record<string, unknown>,
  path: string,
): void => {
  let entries = withDefaults.get(properties);
  if (!entries) {
    entries = Object.entries(properties).filter(([, property]) => property.default !== undefined);
    withDefaults.set(properties, entries);
  }
  for (const [name, property] of entries) {
    if (copy[name] === undefined)
      copy[name] = prune(property, structuredClone(property.default), child(path, name), []);
  }
};

const typesOf = (schema: JsonSchema): string =>
  schema['x-kubernetes-int-or-string'] ? 'integer,string' : (schema.type ?? '');

const checks: Record<NonNullable<JsonSchema['type']>, (value: unknown) => boolean> = {
  object: isRecord,
  array: Array.isArray,
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
};
const fits = (schema: JsonSchema, value: unknown): boolean => {
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'string' || typeof value === 'number';
  return schema.type === undefined || checks[schema.type](value);
};

/** Everything a value breaks of its schema, in the words of the API server (kube-openapi validation). */
export const validate = (schema: JsonSchema, value: unknown, path: string, errors: FieldError[]): void => {
  if (value === null && schema.nullable) return;
  if (!fits(schema, value)) {
    errors.push(typeWrong(path, value, typesOf(schema)));
    return;
  }
  if (schema.enum && !schema.enum.includes(value)) errors.push(notSupported(path, value, schema.enum.map(String)));
  if (typeof value === 'string') validateString(schema, value, path, errors);
  else if (typeof value === 'number') validateNumber(schema, value, path, errors);
  else if (Array.isArray(value)) validateArray(schema, value, path, errors);
  else if (isRecord(value)) validateRecord(schema, value, path, errors);
};

const patterns = new Map<string, RegExp>();
const validateString = (schema: JsonSchema, value: string, path: string, errors: FieldError[]): void => {
  if (schema.pattern) {
    let pattern = patterns.get(schema.pattern);
    if (!pattern) patterns.set(schema.pattern, (pattern = new RegExp(schema.pattern)));
    if (!pattern.test(value)) errors.push(wrong(path, value, `${path} in body should match '${schema.pattern}'`));
    else if (schema['x-kubernetes-int-or-string'] && quantityValue(value) === undefined) {
      errors.push(wrong(path, value, `${path} in body is no quantity`));
    }
  }
  if (schema.maxLength !== undefined && Buffer.byteLength(value) > schema.maxLength)
    errors.push(tooLong(path, schema.maxLength));
  if (schema.minLength !== undefined && value.length < schema.minLength) {
    errors.push(wrong(path, value, `${path} in body should be at least ${schema.minLength} chars long`));
  }
  if (schema.format === 'byte' && !isBase64(value)) {
    errors.push(wrong(path, value, `${path} in body must be of type byte: ${JSON.stringify(value)}`));
  }
  if (schema.format === 'date-time' && Number.isNaN(Date.parse(value))) {
    errors.push(wrong(path, value, `${path} in body must be of type date-time: ${JSON.stringify(value)}`));
  }
};

/** Standard base64 with padding, as Go's decoder takes it (line breaks allowed). */
export const isBase64 = (text: string): boolean => {
  const bare = text.replaceAll(/[\r\n]/g, '');
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare);
};

const validateNumber = (schema: JsonSchema, value: number, path: string, errors: FieldError[]): void => {
  if (schema.minimum !== undefined && value < schema.minimum) {
    errors.push(wrong(path, value, `${path} in body should be greater than or equal to ${schema.minimum}`));
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    errors.push(wrong(path, value, `${path} in body should be less than or equal to ${schema.maximum}`));
  }
  const range = schema.format === undefined ? undefined : ranges[schema.format];
  if (range && (value < range[0] || value > range[1])) {
    errors.push(wrong(path, value, `${path} in body must be of type ${schema.format}: "${value}"`));
  }
};
const ranges: Record<string, readonly [number, number]> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
};

const validateArray = (schema: JsonSchema, value: unknown[], path: string, errors: FieldError[]): void => {
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    errors.push(tooMany(path, value.length, schema.maxItems));
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    errors.push(wrong(path, value.length, `${path} in body should have at least ${schema.minItems} items`));
  }
  const keys = schema['x-kubernetes-list-map-keys'];
  const unique = schema['x-kubernetes-list-type'] === 'set' || keys !== undefined;
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const at = `${path}[${index}]`;
    if (schema.items) validate(schema.items, item, at, errors);
    if (!unique) continue;
    const key = keys && isRecord(item) ? Object.fromEntries(keys.map((name) => [name, item[name]])) : item;
    const text = JSON.stringify(key);
    if (seen.has(text)) errors.push(duplicate(at, key));
    seen.add(text);
  }
};

const validateRecord = (
  schema: JsonSchema,
  value: Record<string, unknown>,
  path: string,
  errors: FieldError[],
): void => {
  for (const name of schema.required ?? []) {
    if (value[name] === undefined || !Object.hasOwn(value, name)) errors.push(required(child(path, name)));
  }
  for (const [name, item] of Object.entries(value)) {
    const { properties, additionalProperties } = schema;
    const property = properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (property) validate(property, item, child(path, name), errors);
  }
};
