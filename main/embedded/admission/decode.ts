import { apiVersionOf } from '../kube/resources.ts';
import type { ResourceType } from '../kube/resources.ts';
import type { KubeObject } from '../kube/object.ts';
import { badRequest } from '../kube/status-error.ts';
import type { StatusError } from '../kube/status-error.ts';
import type { FieldError } from './field-error.ts';

const cannot = (type: ResourceType, why: string): StatusError =>
  badRequest(`${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: ${why}`);

/** The body has to be of the kind its address says. */
export const checkKind = (type: ResourceType, object: KubeObject): void => {
  const apiVersion = apiVersionOf(type);
  if (typeof object !== 'object' || object === null) throw badRequest('the body of the request is no object');
  if (!object.kind) throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(object).slice(0, 200)}'`);
  if (object.kind !== type.kind || object.apiVersion !== apiVersion) {
    const wanted = `expected ${type.kind} of "${apiVersion}"`;
    throw cannot(type, `the body is a ${object.kind} of version "${object.apiVersion}", ${wanted}`);
  }
  const { metadata } = object;
  if (metadata !== undefined && (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))) {
    throw cannot(type, 'metadata is no object');
  }
};

/** As the API server says it under fieldValidation=Strict. */
export const strictDecodingError = (type: ResourceType, unknown: readonly string[]): StatusError =>
  cannot(type, `strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}`);

const goTypes: Record<string, string> = { boolean: 'bool', integer: 'int32', number: 'float64', array: 'slice' };
const jsonTypes: Record<string, string> = { integer: 'number', boolean: 'bool' };

/**
 * Core kinds are decoded into Go structs before any rule sees them: a value of the wrong type is a 400 there, and the
 * first one ends it. Undefined where the errors are of another sort.
 */
export const goDecodingError = (type: ResourceType, errors: readonly FieldError[]): StatusError | undefined => {
  if (type.group !== '' && !type.group.endsWith('.k8s.io')) return undefined;
  for (const { reason, field, message } of errors) {
    const base64 = /must be of type byte: "(.*)"$/s.exec(message);
    if (base64) {
      const at = (base64[1] ?? '').search(/[^A-Za-z0-9+/]/);
      return cannot(type, `illegal base64 data at input byte ${at < 0 ? (base64[1] ?? '').length : at}`);
    }
    if (reason !== 'FieldValueTypeInvalid') continue;
    const [, wanted = '', seen = ''] = /must be of type (\S+): "(\S+)"$/.exec(message) ?? [];
    const into = `${type.kind}.${field.replaceAll(/\[\d+\]/g, '')}`;
    const go = goTypes[wanted] ?? wanted;
    return cannot(type, `json: cannot unmarshal ${jsonTypes[seen] ?? seen} into Go struct field ${into} of type ${go}`);
  }
  return undefined;
};
