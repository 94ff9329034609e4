import type { EngineConfig } from '../kube/context.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { groupResource } from '../kube/resources.ts';
import type { ResourceType } from '../kube/resources.ts';
import type { Store } from '../store/store.ts';
import { requireNamespace } from './core/namespace.ts';
import { checkKind, goDecodingError, strictDecodingError } from './decode.ts';
import { invalidObject } from './field-error.ts';
import type { FieldError } from './field-error.ts';
import { rulesByResource } from './kinds.ts';
import { validateMetadata } from './metadata.ts';
import type { RuleContext } from './rules.ts';
import { schemasFrom } from './schema.ts';
import { prune, validate } from './structural.ts';

export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  type: ResourceType;
  /** What the client sent (after its patch was applied); absent for DELETE. Never changed in place. */
  object?: KubeObject;
  /** What the store holds; absent for CREATE. */
  old?: Stored;
  subresource?: 'status';
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  dryRun: boolean;
}

export interface AdmissionContext {
  readonly store: Store;
  /** Folder of the project's assets. */
  readonly assets: string;
  readonly config: EngineConfig;
}

/** What stands between a client's write and the store. */
export interface Admission {
  /** Prunes, defaults and checks; answers the object to store. Throws StatusError. */
  admit(request: AdmissionRequest): { object: KubeObject; warnings: string[] };
}

/** Builds the admission chain: decode, schema, mutate, metadata, the kind's own rules. */
export const createAdmission = ({ store, assets, config }: AdmissionContext): Admission => ({
  admit({ operation, type, object, old, subresource, fieldValidation, dryRun }) {
    const warnings: string[] = [];
    const schemas = schemasFrom(assets);
    const context: RuleContext = { store, config, schemas, dryRun, warnings };
    const rules = rulesByResource.get(groupResource(type));
    if (operation === 'DELETE') {
      if (!old) throw new TypeError('a deletion needs the stored object');
      rules?.remove?.(old, context);
      return { object: structuredClone(old) as KubeObject, warnings };
    }
    if (!object) throw new TypeError(`${operation} needs an object`);
    checkKind(type, object);
    const schema = schemas.schemaOf(type);
    const unknown: string[] = [];
    const draft = prune(schema, object, '', unknown) as KubeObject;
    if (unknown.length > 0 && fieldValidation === 'Strict') throw strictDecodingError(type, unknown);
    if (fieldValidation === 'Warn') warnings.push(...unknown.map((field) => `unknown field "${field}"`));
    systemFields(type, draft, old, subresource);

    const errors: FieldError[] = [];
    validate(schema, draft, '', errors);
    const undecodable = goDecodingError(type, errors);
    if (undecodable) throw undecodable;
    // A mutation works on values of the right type only; so the check comes first, and again after it.
    if (errors.length === 0 && rules?.mutate && subresource === undefined) {
      rules.mutate(draft, old, context);
      validate(schema, draft, '', errors);
    }
    if (errors.length === 0) errors.push(...validateMetadata(type, draft, old));
    const name = draft.metadata.name ?? draft.metadata.generateName ?? '';
    if (errors.length > 0) throw invalidObject(type, name, errors);
    if (!old) requireNamespace(store, type, draft.metadata.namespace, name);
    if (subresource === undefined) rules?.validate?.(draft, old, context);
    return { object: draft, warnings };
  },
});

const identity = ['uid', 'creationTimestamp', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

/** What only the server writes: identity and times of the metadata, and status where it is a subresource. */
const systemFields = (
  type: ResourceType,
  draft: KubeObject,
  old: Stored | undefined,
  subresource: 'status' | undefined,
): void => {
  const metadata = (draft.metadata ??= {});
  for (const field of identity) {
    const kept = old?.metadata[field];
    if (kept === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: kept });
  }
  if (!type.statusSubresource || subresource === 'status') return;
  if (old?.status === undefined) delete draft.status;
  else draft.status = structuredClone<Record<string, unknown>>(old.status);
};
