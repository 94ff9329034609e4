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

/**
 * An event as watches keep it, for clusters have tens of thousands: what is on a page of it, and one shape for all, which takes
 * half the memory. Pure.
 */
export function slimEvent(event: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, type, reason, message, count, firstTimestamp, lastTimestamp, eventTime, series } = event; // prettier-ignore
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const about = (event['involvedObject'] ?? {}) as Record<string, unknown>;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'],
    involvedObject: { kind: about['kind'], namespace: about['namespace'], name: about['name'] },
    type,
    reason,
    message,
    count,
    firstTimestamp,
    lastTimestamp,
    ...(typeof eventTime === 'string' && { eventTime }),
    ...(typeof series === 'object' && series !== null && { series }),
  };
}
