import type { KubeObject, ObjectMeta, Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';
import { required, tooLong, wrong } from './field-error.ts';
import type { FieldError } from './field-error.ts';

const rfc1123Subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const rfc1123Label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const dns1035Label =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const qualifiedNamePart =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const qualifiedName =
  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const labelValue =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const maxAnnotations = 256 * 1024;

const tooLongName = (max: number): string => `must be no more than ${max} characters`;

/** What is wrong with an RFC 1123 subdomain, in Kubernetes' words; empty when nothing is. */
export const subdomainErrors = (text: string): string[] => [
  ...(text.length > 253 ? [tooLongName(253)] : []),
  ...(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text) ? [] : [rfc1123Subdomain]),
];
/** What is wrong with an RFC 1123 label. */
export const labelErrors = (text: string): string[] => [
  ...(text.length > 63 ? [tooLongName(63)] : []),
  ...(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text) ? [] : [rfc1123Label]),
];
/** What is wrong with a Service's name. */
const serviceNameErrors = (text: string): string[] => [
  ...(text.length > 63 ? [tooLongName(63)] : []),
  ...(/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) ? [] : [dns1035Label]),
];
/** What is wrong with a qualified name: a label's key, a finalizer. */
const qualifiedNameErrors = (text: string): string[] => {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2) return [qualifiedName];
  const errors: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (!prefix) errors.push('prefix part must be non-empty');
    else errors.push(...subdomainErrors(prefix).map((error) => `prefix part ${error}`));
  }
  if (!name) errors.push('name part must be non-empty');
  else if (name.length > 63) errors.push(`name part ${tooLongName(63)}`);
  if (!/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name)) errors.push(qualifiedNamePart);
  return errors;
};

/** The rule a kind's names follow. */
const nameRule = (type: ResourceType): ((text: string) => string[]) => {
  if (type.group === '' && type.kind === 'Namespace') return labelErrors;
  if (type.group === '' && type.kind === 'Service') return serviceNameErrors;
  return subdomainErrors;
};

/** Labels and annotations below `path`. */
export const validateLabels = (
  meta: Pick<ObjectMeta, 'labels' | 'annotations'>,
  path: string,
  errors: FieldError[],
): void => {
  for (const [key, value] of Object.entries(meta.labels ?? {})) {
    for (const error of qualifiedNameErrors(key)) errors.push(wrong(`${path}.labels`, key, error));
    if (value.length > 63) errors.push(wrong(`${path}.labels`, value, tooLongName(63)));
    if (!/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value))
      errors.push(wrong(`${path}.labels`, value, labelValue));
  }
  let size = 0;
  for (const [key, value] of Object.entries(meta.annotations ?? {})) {
    for (const error of qualifiedNameErrors(key.toLowerCase())) errors.push(wrong(`${path}.annotations`, key, error));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > maxAnnotations) errors.push(tooLong(`${path}.annotations`, maxAnnotations));
};

/** Names, labels, annotations, finalizers and owners; types were checked before. */
export const validateMetadata = (type: ResourceType, object: KubeObject, old: Stored | undefined): FieldError[] => {
  const errors: FieldError[] = [];
  const { metadata } = object;
  const rule = nameRule(type);
  if (metadata.name) {
    if (!old) for (const error of rule(metadata.name)) errors.push(wrong('metadata.name', metadata.name, error));
    else if (metadata.name !== old.metadata.name)
      errors.push(wrong('metadata.name', metadata.name, 'field is immutable'));
  } else if (metadata.generateName) {
    const sample = metadata.generateName.replace(/-$/, 'a');
    for (const error of rule(sample)) errors.push(wrong('metadata.generateName', metadata.generateName, error));
  } else errors.push(required('metadata.name', 'name or generateName is required'));
  validateLabels(metadata, 'metadata', errors);
  for (const [index, finalizer] of (metadata.finalizers ?? []).entries()) {
    for (const error of qualifiedNameErrors(finalizer))
      errors.push(wrong(`metadata.finalizers[${index}]`, finalizer, error));
  }
  validateOwners(metadata, errors);
  if (old?.metadata.deletionTimestamp) validateFinalizersOfDying(metadata, old, errors);
  return errors;
};

const validateOwners = (metadata: ObjectMeta, errors: FieldError[]): void => {
  const controllers: string[] = [];
  for (const [index, owner] of (metadata.ownerReferences ?? []).entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field])
        errors.push(wrong(`metadata.ownerReferences[${index}].${field}`, owner[field], 'must not be empty'));
    }
    if (owner.controller) controllers.push(`${owner.kind}/${owner.name}`);
  }
  if (controllers.length > 1) {
    errors.push(
      wrong(
        'metadata.ownerReferences',
        metadata.ownerReferences,
        `Only one reference can have Controller set to true. Found "true" in references for ${controllers.slice(0, 2).join(' and ')}`,
      ),
    );
  }
};

const validateFinalizersOfDying = (metadata: ObjectMeta, old: Stored, errors: FieldError[]): void => {
  const before = new Set(old.metadata.finalizers ?? []);
  const added = (metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length === 0) return;
  errors.push({
    reason: 'FieldValueForbidden',
    field: 'metadata.finalizers',
    message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(', ')}}`,
  });
};
