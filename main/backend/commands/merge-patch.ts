import { isDeepStrictEqual } from 'node:util';
import type { SentRequest } from '../target/acting.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the server fills in, and what fits one moment only. */
const ofTheServer = ['resourceVersion', 'uid', 'creationTimestamp', 'generation', 'managedFields', 'selfLink'];

/** The JSON merge patch (RFC 7386) that makes `to` of `from`: lists whole, null for what goes; undefined where both are equal. Pure. */
export function mergePatchOf(from: unknown, to: unknown): unknown {
  if (isDeepStrictEqual(from, to)) return undefined;
  if (!isRecord(from) || !isRecord(to)) return withoutNulls(to);
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, after] = [from[key], to[key]];
    // A null is what a patch takes a field out with, and a field that is undefined is not sent at all.
    if (after === undefined || after === null) {
      if (before !== undefined && before !== null) patch[key] = null;
      continue;
    }
    const change = mergePatchOf(before, after);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}
const withoutNulls = (value: unknown): unknown =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).flatMap(([key, each]) => (each === null || each === undefined ? [] : [[key, withoutNulls(each)]]))) // prettier-ignore
    : value;

/**
 * An object that was read, changed and written back, as the patch of what changed: the whole object fits the moment of its
 * version only, and would take back whatever others changed since. Anything else stays as it is. Pure.
 */
export function asPatch(request: SentRequest): SentRequest {
  const { was, ...rest } = request;
  if (request.method !== 'PUT' || !isRecord(was) || !isRecord(request.body)) return rest;
  const patch = mergePatchOf(lasting(was), lasting(request.body));
  return { ...rest, method: 'PATCH', contentType: 'application/merge-patch+json', body: patch ?? {} };
}

function lasting({ status: _status, ...object }: Record<string, unknown>): Record<string, unknown> {
  const { metadata } = object;
  if (!isRecord(metadata)) return object;
  return { ...object, metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !ofTheServer.includes(key))) }; // prettier-ignore
}
