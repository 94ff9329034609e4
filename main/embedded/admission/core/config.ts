import type { KubeObject } from '../../kube/object.ts';
import { configMaps, secrets } from '../../kube/resources.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { forbidden, invalidObject, required, tooLong, wrong } from '../field-error.ts';
import type { FieldError } from '../field-error.ts';
import { same } from '../rules.ts';
import type { Rules } from '../rules.ts';

type Texts = Record<string, string>;
const maxSize = 2 ** 20;
const configKey =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const frozen = 'field is immutable when `immutable` is set';

const keyErrors = (data: Texts | undefined, field: string): FieldError[] =>
  Object.keys(data ?? {}).flatMap((key) => {
    const here = `${field}[${key}]`;
    if (key.length > 253) return [wrong(here, key, 'must be no more than 253 characters')];
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) return [wrong(here, key, configKey)];
    if (key === '.' || key === '..') return [wrong(here, key, `must not be '${key}'`)];
    return key.startsWith('..') ? [wrong(here, key, "must not start with '..'")] : [];
  });

const immutableErrors = (object: KubeObject, old: KubeObject | undefined, fields: readonly string[]): FieldError[] => {
  if (!old?.['immutable']) return [];
  const errors: FieldError[] = [];
  if (!object['immutable']) errors.push(forbidden('immutable', frozen));
  for (const field of fields) if (!same(object[field], old[field])) errors.push(forbidden(field, frozen));
  return errors;
};

const refuse = (type: ResourceType, object: KubeObject, errors: FieldError[]): void => {
  if (errors.length > 0) throw invalidObject(type, object.metadata.name ?? '', errors);
};

const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
]);

export const secretRules: Rules = {
  mutate(draft) {
    const { stringData } = draft as { stringData?: Texts };
    if (!stringData) return;
    const data = (draft['data'] ??= {}) as Texts;
    for (const [key, text] of Object.entries(stringData)) data[key] = Buffer.from(text).toString('base64');
    delete draft['stringData'];
  },
  validate(object, old) {
    const { data, type } = object as { data?: Texts; type?: string };
    const errors = [...keyErrors(data, 'data'), ...immutableErrors(object, old, ['data'])];
    let size = 0;
    for (const value of Object.values(data ?? {})) size += Buffer.byteLength(value, 'base64');
    if (size > maxSize) errors.push(tooLong('data', maxSize));
    if (old && type !== old['type']) errors.push(wrong('type', type, 'field is immutable'));
    for (const key of requiredKeys.get(type ?? '') ?? []) {
      if (data?.[key] === undefined) errors.push(required(`data[${key}]`));
    }
    refuse(secrets, object, errors);
  },
};

export const configMapRules: Rules = {
  validate(object, old) {
    const { data, binaryData } = object as { data?: Texts; binaryData?: Texts };
    const errors = [
      ...keyErrors(data, 'data'),
      ...keyErrors(binaryData, 'binaryData'),
      ...immutableErrors(object, old, ['data', 'binaryData']),
    ];
    for (const key of Object.keys(binaryData ?? {})) {
      if (data?.[key] !== undefined) errors.push(wrong(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    let size = 0;
    for (const text of Object.values(data ?? {})) size += Buffer.byteLength(text);
    for (const text of Object.values(binaryData ?? {})) size += Buffer.byteLength(text, 'base64');
    if (size > maxSize) errors.push(tooLong('', maxSize));
    refuse(configMaps, object, errors);
  },
};
