import type { EngineConfig } from '../kube/context.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { apiVersionOf, groupResource } from '../kube/resources.ts';
import type { ResourceType } from '../kube/resources.ts';
import { badRequest } from '../kube/status-error.ts';
import type { Store } from '../store/store.ts';
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

/** Builds the admission chain: decode, mutate, schema, metadata, the kind's own rules. */
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
    // A mutation works on values of the right type only; so the check comes first, and again after it.
    if (errors.length === 0 && rules?.mutate && subresource === undefined) {
      rules.mutate(draft, old, context);
      validate(schema, draft, '', errors);
    }
    const name = draft.metadata?.name ?? draft.metadata?.generateName ?? '';
    if (errors.length === 0) errors.push(...validateMetadata(type, draft, old));
    if (errors.length > 0) throw invalidObject(type, name, errors);
    if (subresource === undefined) rules?.validate?.(draft, old, context);
    return { object: draft, warnings };
  },
});

/** The body has to be of the kind its address says. */
const checkKind = (type: ResourceType, object: KubeObject): void => {
  const apiVersion = apiVersionOf(type);
  if (typeof object !== 'object' || object === null) throw badRequest('the body of the request is no object');
  if (!object.kind) throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(object).slice(0, 200)}'`);
  if (object.kind !== type.kind || object.apiVersion !== apiVersion) {
    throw badRequest(
      `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: the body is a ${object.kind} of version "${object.apiVersion}", expected ${type.kind} of "${apiVersion}"`,
    );
  }
  if (object.metadata !== undefined && (typeof object.metadata !== 'object' || object.metadata === null)) {
    throw badRequest(
      `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: metadata is no object`,
    );
  }
};

/** As the API server says it under fieldValidation=Strict. */
const strictDecodingError = (type: ResourceType, unknown: readonly string[]): Error =>
  badRequest(
    `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}`,
  );

/** What only the server writes: identity and times of the metadata, and status where it is a subresource. */
const systemFields = (
  type: ResourceType,
  draft: KubeObject,
  old: Stored | undefined,
  subresource: 'status' | undefined,
): void => {
  draft.metadata ??= {};
  const { metadata } = draft;
  for (const field of [
    'uid',
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    const kept = old?.metadata[field];
    if (kept === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: kept });
  }
  if (!type.statusSubresource || subresource === 'status') return;
  if (old?.status === undefined) delete draft.status;
  else draft.status = structuredClone(old.status) as Record<string, unknown>;
};
