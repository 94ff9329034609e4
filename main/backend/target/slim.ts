import type { KubeObject } from '../../contract/kube.ts';
import { apiVersionOf } from './kinds.ts';
import type { Kind } from './kinds.ts';

/** Items of a list come without kind; managedFields are half of an object and nobody reads them. */
export function slim(object: KubeObject, kind: Kind): KubeObject {
  object.apiVersion ||= apiVersionOf(kind);
  object.kind ||= kind.kind;
  if (object.metadata.managedFields) {
    // A member that is deleted would make of it a table that takes three times the memory.
    const { managedFields: _unread, ...metadata } = object.metadata;
    object.metadata = metadata;
  }
  return object;
}

/** An event as watches keep it, for clusters have tens of thousands: without who reported it, which is on no page. Pure. */
export function slimEvent(event: KubeObject): KubeObject {
  const { reportingComponent: _c, reportingInstance: _i, source: _s, involvedObject, ...rest } = event;
  const { kind, namespace, name } = (involvedObject ?? {}) as Record<string, unknown>;
  return { ...rest, involvedObject: { kind, namespace, name } };
}
