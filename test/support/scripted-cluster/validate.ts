import { join } from 'node:path';
import { schemasFrom } from '../../../main/embedded/admission/schema.ts';
import { prune, validate } from '../../../main/embedded/admission/structural.ts';
import type { FieldError } from '../../../main/embedded/admission/field-error.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { apiVersion, asResource } from './kinds.ts';
import type { Served } from './kinds.ts';
import { Refusal } from './status.ts';

/** Refused because of the schema: Hearth must never write such a thing, unless a test does it on purpose. */
export class Misfit extends Refusal {}

const schemas = schemasFrom(join(import.meta.dirname, '../../../assets'));

/** What of an object the published schema does not know, and what breaks it. */
export function strictly(served: Served, object: unknown): { unknown: string[]; broken: string[]; object: KubeObject } {
  if (!served.schema) return { unknown: [], broken: [], object: structuredClone(object) as KubeObject };
  const schema = schemas.schemaOf(asResource(served));
  const unknown: string[] = [];
  const pruned = prune(schema, object, '', unknown) as KubeObject;
  const errors: FieldError[] = [];
  validate(schema, pruned, '', errors);
  return { unknown, broken: errors.map((error) => `${error.field}: ${error.message}`), object: pruned };
}

/** As a server answers with fieldValidation=Strict. Unknown fields are refused, always: Hearth shall not write them. */
export function checked(served: Served, object: unknown): KubeObject {
  const head = object as Partial<KubeObject>;
  if (head.kind !== served.kind || head.apiVersion !== apiVersion(served))
    throw new Refusal(
      400,
      'BadRequest',
      `${served.kind} in version "${served.version}" cannot be handled as a ${head.apiVersion} ${head.kind}`,
    );
  if (!served.schema) throw new Misfit(422, 'Invalid', `${served.kind}: no published schema here to check it by`);
  const result = strictly(served, object);
  if (result.unknown.length > 0)
    throw new Misfit(
      400,
      'BadRequest',
      `${served.kind} in version "${served.version}" cannot be handled as a ${served.kind}: strict decoding error: ${result.unknown.map((field) => `unknown field "${field}"`).join(', ')}`,
    );
  if (result.broken.length > 0)
    throw new Misfit(422, 'Invalid', `${served.kind} "${head.metadata?.name}" is invalid: ${result.broken.join(', ')}`);
  return result.object;
}
