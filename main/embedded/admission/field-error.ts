import type { ResourceType } from '../kube/resources.ts';
import type { StatusCause } from '../kube/status-error.ts';
import { StatusError } from '../kube/status-error.ts';

/** One wrong field; `message` is without the field's name, as in Status.details.causes. */
export interface FieldError extends StatusCause {
  field: string;
}

/** A value as Kubernetes prints it inside messages (field.Error.ErrorBody). */
const print = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value));
};

export const required = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  field,
  message: detail ? `Required value: ${detail}` : 'Required value',
});
export const wrong = (field: string, value: unknown, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${print(value)}: ${detail}`,
});
export const typeWrong = (field: string, value: unknown, types: string): FieldError => {
  const seen = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const shown = seen === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : seen;
  return {
    reason: 'FieldValueTypeInvalid',
    field,
    message: `Invalid value: "${shown}": ${field} in body must be of type ${types}: "${shown}"`,
  };
};
export const notSupported = (field: string, value: unknown, allowed: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${print(value)}: supported values: ${[...allowed]
    .sort()
    .map((v) => `"${v}"`)
    .join(', ')}`,
});
export const forbidden = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueForbidden',
  field,
  message: `Forbidden: ${detail}`,
});
export const duplicate = (field: string, value: unknown): FieldError => ({
  reason: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value)}`,
});
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  reason: 'FieldValueTooMany',
  field,
  message: `Too many: ${actual}: must have at most ${max} item${max === 1 ? '' : 's'}`,
});
export const tooLong = (field: string, max: number): FieldError => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${max} bytes`,
});

/** 422 as the API server words it: `VirtualMachine.kubevirt.io "web" is invalid: spec.template: Required value`. */
export const invalidObject = (type: ResourceType, name: string, errors: readonly FieldError[]): StatusError => {
  const kind = type.group ? `${type.kind}.${type.group}` : type.kind;
  const lines = errors.map((error) => `${error.field}: ${error.message}`);
  const said = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${kind} "${name}" is invalid: ${said}`, {
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
    details: { group: type.group, kind: type.kind, name },
  });
};

/** 422 as a KubeVirt or CDI webhook says it: all messages in one sentence, the first ten as causes. */
export const denied = (webhook: string, causes: readonly StatusCause[]): StatusError =>
  new StatusError(
    422,
    'Invalid',
    `admission webhook "${webhook}" denied the request: ${causes.map((cause) => cause.message).join(', ')}`,
    { causes: causes.slice(0, 10) },
  );

/** A refusal of the API server itself, for one object: 403 Forbidden. */
export const forbiddenObject = (type: ResourceType, name: string, why: string): StatusError => {
  const resource = type.group ? `${type.plural}.${type.group}` : type.plural;
  return new StatusError(403, 'Forbidden', `${resource} "${name}" is forbidden: ${why}`, {
    details: { group: type.group, kind: type.plural, name },
  });
};
