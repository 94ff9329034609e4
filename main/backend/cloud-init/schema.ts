import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { assetsFolder } from '../paths.ts';

export type SchemaName = 'cloud-config-v1' | 'network-config-v1' | 'network-config-v2';
export interface SchemaFinding {
  severity: 'error' | 'warning';
  path: (string | number)[];
  message: string;
  /** The key that is not known, where that is the finding. */
  unknownKey?: string;
}

interface Deprecated {
  path: string;
  text: string;
}
interface Compiled {
  validate: ValidateFunction;
  keys: readonly string[];
}
let deprecated: Deprecated[] = [];
const compiled = new Map<SchemaName, Compiled>();

/** cloud-init's own schema, compiled at first use (about 0.2 s). The file is draft 04 by name and uses nothing that draft 07 reads otherwise. */
function schemaOf(name: SchemaName): Compiled {
  const known = compiled.get(name);
  if (known) return known;
  const { $schema: _, ...schema } = JSON.parse(readFileSync(join(assetsFolder, 'cloud-init', `schema-${name}.json`), 'utf8')) as Record<string, unknown>; // prettier-ignore
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    verbose: true,
    formats: { hostname: /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, date: /^\d{4}-\d{2}-\d{2}$/, uri: (text: string) => URL.canParse(text) }, // prettier-ignore
  });
  ajv.removeKeyword('deprecated');
  ajv.addKeyword({
    keyword: 'deprecated',
    schemaType: 'boolean',
    errors: false,
    validate(value: boolean, data: unknown, parent: Record<string, unknown> = {}, at?: { instancePath: string }) {
      // A branch of a union that this value does not take says nothing about it.
      const text = parent['deprecated_description'];
      if (value && fits(data, parent))
        deprecated.push({
          path: at?.instancePath ?? '',
          text: typeof text === 'string' ? text : 'This is deprecated.',
        });
      return true;
    },
  });
  const properties = (schema['properties'] ?? {}) as Record<string, unknown>;
  const made = { validate: ajv.compile(schema), keys: Object.keys(properties) };
  compiled.set(name, made);
  return made;
}

/** The top-level keys that a schema knows. */
export const keysOf = (name: SchemaName): readonly string[] => schemaOf(name).keys;

function fits(data: unknown, schema: Record<string, unknown>): boolean {
  const types = schema['type'] === undefined ? [] : [schema['type']].flat();
  if (types.length > 0 && !types.includes(typeOf(data)) && !(types.includes('integer') && Number.isInteger(data)))
    return false;
  const values = schema['enum'];
  return !Array.isArray(values) || values.includes(data);
}
const typeOf = (data: unknown): string =>
  data === null ? 'null' : Array.isArray(data) ? 'array' : typeof data === 'object' ? 'object' : typeof data;

const words: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'a mapping',
  null: 'empty',
};
export const typeWord = (data: unknown): string => words[typeOf(data)] ?? typeOf(data);

/** What the schema finds in a value, in plain words. Errors of the branches of a union that the value does not take are left out. */
export function checkSchema(name: SchemaName, value: unknown): SchemaFinding[] {
  const { validate } = schemaOf(name);
  deprecated = [];
  const findings: SchemaFinding[] = [];
  if (!validate(value)) findings.push(...inWords(validate.errors ?? []));
  const seen = new Set<string>();
  for (const { path, text } of deprecated) {
    if (seen.has(path)) continue;
    seen.add(path);
    const plain = text.replaceAll('**', '').replaceAll('``', '"').replaceAll('\n', ' ');
    findings.push({ severity: 'warning', path: stepsOf(path), message: `Old way: ${plain}` });
  }
  return findings;
}

const stepsOf = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));

const summary = new Set(['oneOf', 'anyOf', 'allOf', 'if', 'not']);

/** One finding a place: the deepest errors tell what is wrong, what stands above them only repeats it. */
function inWords(errors: readonly ErrorObject[]): SchemaFinding[] {
  const byPlace = new Map<string, ErrorObject[]>();
  for (const error of errors) byPlace.set(error.instancePath, [...(byPlace.get(error.instancePath) ?? []), error]);
  const places = [...byPlace.keys()].filter((place) => {
    const deeper = [...byPlace.keys()].some((other) => other.startsWith(`${place}/`));
    // A missing or unknown key of its own is a finding beside what lies deeper; all else there is an echo.
    return !deeper || (byPlace.get(place) ?? []).some((error) => ownKeyword(error) && !inUnion(error));
  });
  return places.flatMap((place) => findingsAt(place, byPlace.get(place) ?? []));
}
const ownKeyword = ({ keyword }: ErrorObject): boolean => keyword === 'additionalProperties' || keyword === 'required';
/** A list of values none of which is even of the value's type: the type is what is wrong. */
const otherType = ({ keyword, params, data }: ErrorObject): boolean =>
  keyword === 'enum' && !(params['allowedValues'] as unknown[]).some((value) => typeOf(value) === typeOf(data));
const inUnion = ({ schemaPath }: ErrorObject): boolean => /\/(oneOf|anyOf)\/\d+\//.test(schemaPath);

function findingsAt(place: string, errors: readonly ErrorObject[]): SchemaFinding[] {
  const path = stepsOf(place);
  const error = (message: string): SchemaFinding => ({ severity: 'error', path, message });
  const name = path.length === 0 ? 'This' : `"${path.findLast((step) => typeof step === 'string') ?? ''}"`;
  const data = errors[0]?.data;
  const unknown = [...new Set(errors.flatMap((each) => (each.keyword === 'additionalProperties' ? [String(each.params['additionalProperty'])] : [])))]; // prettier-ignore
  const types = [...new Set(errors.flatMap((each) => (each.keyword === 'type' ? [each.params['type'] as string | string[]].flat() : [])))]; // prettier-ignore
  const others = errors.filter((each) => !summary.has(each.keyword) && each.keyword !== 'type' && !otherType(each));
  // The value's type is one that no branch takes.
  if (types.length > 0 && !types.includes(typeOf(data)) && others.length === 0) {
    const item = typeof path.at(-1) === 'number' ? `An entry of ${name}` : name;
    return [error(`${item} must be ${types.map((type) => words[type] ?? type).join(' or ')}, not ${typeWord(data)}.`)];
  }
  const values = [...new Set(errors.flatMap((each) => (each.keyword === 'enum' ? (each.params['allowedValues'] as unknown[]) : [])))]; // prettier-ignore
  if (values.length > 0 && values.length <= 30)
    return [error(`${name} must be one of ${values.map(String).join(', ')}.`)];
  const missing = [...new Set(errors.flatMap((each) => (each.keyword === 'required' ? [String(each.params['missingProperty'])] : [])))]; // prettier-ignore
  const found: SchemaFinding[] = [];
  if (missing.length > 0)
    found.push(error(`${missing.map((key) => `"${key}"`).join(' or ')} is missing${path.length > 0 ? ` in ${name}` : ''}.`)); // prettier-ignore
  for (const key of unknown)
    found.push({ severity: 'error', path: [...path, key], message: `cloud-init knows no key "${key}" in ${name}.`, unknownKey: key }); // prettier-ignore
  if (found.length > 0) return found;
  const plain = others.map((each) => each.message ?? each.keyword);
  return [error(plain.length > 0 ? `${name} ${[...new Set(plain)].slice(0, 2).join('; ')}.` : `${name} is not as cloud-init wants it.`)]; // prettier-ignore
}
