import { AsyncLocalStorage } from 'node:async_hooks';
import type { KubeObject } from '../../contract/kube.ts';

/** A request that changed something on the target, or was refused or failed (`error`). */
export interface SentRequest {
  method: string;
  path: string;
  query: Readonly<Record<string, string | number | boolean | undefined>>;
  contentType: string | undefined;
  /** The object or bytes that were sent. */
  body: unknown;
  /** The object as it was read, where `body` is the same one with changes. */
  was?: unknown;
  /** Bytes came from a stream: they are gone. */
  streamed: boolean;
  error?: unknown;
}

/**
 * What somebody does just now: whatever the backend asks of a target on behalf of it, in the call itself or in a Task that
 * it began, is told here. Nobody's requests (watches, probes) are told to nobody.
 */
export interface Acting {
  sent(request: SentRequest): void;
  /** Name of whoever acts. */
  who?: string;
  /** Throws where whoever acts may not make these objects; absent: everything may be made. */
  review?(objects: readonly KubeObject[]): void;
}
export const acting = new AsyncLocalStorage<Acting>();

/** Whether a request is one that changes something: no reading, no trial run, no question about one's own rights. */
export const changes = (method: string, path: string, query: SentRequest['query'] = {}): boolean =>
  method !== 'GET' &&
  method !== 'HEAD' &&
  query['dryRun'] === undefined &&
  !/\/(selfsubject\w+reviews|subjectaccessreviews|localsubjectaccessreviews|tokenreviews|expand-vm-spec)$/.test(path);
