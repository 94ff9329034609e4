import { randomInt, randomUUID } from 'node:crypto';
import type { KubeObject, Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';
import { apiVersionOf, groupResource, namespaces, services } from '../kube/resources.ts';
import { StatusError, badRequest, invalid } from '../kube/status-error.ts';
import { same } from './clone.ts';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
/** Five characters, as Kubernetes appends them to generateName. */
const suffix = (): string => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');

export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** Names become file names as well, so that nothing else may come through here. Wording of apimachinery's validation. */
export const checkName = (type: ResourceType, name: string): void => {
  const short = type === namespaces || type === services;
  const limit = short ? 63 : 253;
  const message = name.length > limit ? `must be no more than ${limit} characters` : (short ? label : subdomain).test(name) ? undefined : short ? labelText : subdomainText; // prettier-ignore
  if (message === undefined) return;
  throw invalidField(type, name, 'metadata.name', `Invalid value: ${JSON.stringify(name)}: ${message}`);
};

export const invalidField = (type: ResourceType, name: string, field: string, message: string): StatusError => {
  const kind = type.group ? `${type.kind}.${type.group}` : type.kind;
  const reason = message.startsWith('Required') ? 'FieldValueRequired' : message.startsWith('Forbidden') ? 'FieldValueForbidden' : 'FieldValueInvalid'; // prettier-ignore
  const error = invalid(`${kind} ${JSON.stringify(name)} is invalid: ${field}: ${message}`, [
    { reason, message, field },
  ]);
  return new StatusError(422, 'Invalid', error.message, {
    causes: error.causes,
    details: { name, group: type.group, kind: type.kind },
  });
};

/** Metadata of a new object. `draft` is private and changed in place. */
export const fillNew = (type: ResourceType, draft: KubeObject, taken: (name: string) => boolean): void => {
  draft.apiVersion = apiVersionOf(type);
  draft.kind = type.kind;
  const { metadata } = draft;
  if (metadata.name === undefined || metadata.name === '') {
    if (!metadata.generateName) throw invalidField(type, '', 'metadata.name', 'Required value: name or generateName is required'); // prettier-ignore
    do metadata.name = `${metadata.generateName.slice(0, 248)}${suffix()}`;
    while (taken(metadata.name));
  }
  checkName(type, metadata.name);
  if (!type.namespaced) delete metadata.namespace;
  else if (!metadata.namespace) throw badRequest('an empty namespace may not be set during creation');
  metadata.uid = randomUUID();
  metadata.creationTimestamp = now();
  metadata.generation = 1;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  tidy(draft);
};

/** Empty maps and lists are left out, as Kubernetes prints them. */
const tidy = (draft: KubeObject): void => {
  const { metadata } = draft;
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields'] as const) {
    const value = metadata[key];
    if (value === null || (value !== undefined && Object.keys(value).length === 0)) delete metadata[key];
  }
};

/**
 * What an update really writes: the fields nobody may change come from the old object, `status` and the rest are kept
 * apart where status is a subresource, and the generation counts changes of the rest. Changes `draft` in place.
 */
export const carryOver = (type: ResourceType, old: Stored, draft: KubeObject, status: boolean): KubeObject => {
  if (status) {
    const next: KubeObject = { ...old, metadata: { ...old.metadata } };
    if (draft.status === undefined) delete next.status;
    else next.status = draft.status;
    if (draft.metadata.managedFields) next.metadata.managedFields = draft.metadata.managedFields;
    return next;
  }
  const { metadata } = draft;
  const kept = old.metadata;
  draft.apiVersion = apiVersionOf(type);
  draft.kind = type.kind;
  metadata.name = kept.name;
  for (const key of ['namespace', 'uid', 'creationTimestamp', 'generation', 'generateName', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'resourceVersion'] as const) {
    if (kept[key] === undefined) delete metadata[key];
    else Object.assign(metadata, { [key]: kept[key] });
  } // prettier-ignore
  tidy(draft);
  if (type.statusSubresource) {
    if (old.status === undefined) delete draft.status;
    else draft.status = old.status;
  }
  if (kept.deletionTimestamp) refuseNewFinalizers(type, kept.name, kept.finalizers ?? [], metadata.finalizers ?? []);
  if (!same(withoutStatus(old), withoutStatus(draft))) metadata.generation = (kept.generation ?? 0) + 1;
  return draft;
};

const withoutStatus = (object: Readonly<KubeObject>): object => {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
};
const refuseNewFinalizers = (type: ResourceType, name: string, before: string[], after: string[]): void => {
  const added = after.filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  throw invalidField(type, name, 'metadata.finalizers', `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`); // prettier-ignore
};

/** 409 where the writer's copy is not the current one. */
export const checkCurrent = (type: ResourceType, old: Stored, wanted: { uid?: string | undefined; resourceVersion?: string | undefined }): void => {
  const { name, uid, resourceVersion } = old.metadata;
  const refuse = (why: string) =>
    new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${groupResource(type)} ${JSON.stringify(name)}: ${why}`, {
      details: { name, group: type.group, kind: type.plural },
    });
  if (wanted.uid && wanted.uid !== uid) {
    throw refuse(`Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`);
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== '0' && wanted.resourceVersion !== resourceVersion) {
    throw refuse('the object has been modified; please apply your changes to the latest version and try again');
  }
}; // prettier-ignore
