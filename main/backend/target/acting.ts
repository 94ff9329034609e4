import { AsyncLocalStorage } from 'node:async_hooks';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { KubeClient } from './client.ts';

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
  /**
   * Stands around each request that changes something: may send another body, or throw a Problem and send nothing. What is
   * asked of the target meanwhile may only read.
   */
  admit?<T>(write: Write, send: (body: unknown) => Promise<T>): Promise<T>;
  /** Throws where `times` of these objects would be refused: before anything is made of what belongs together. */
  foresee?(client: KubeClient, objects: readonly KubeObject[], times?: number): Promise<void>;
  /** A machine that a controller made for whoever acts is marked as theirs, with its disks. */
  own?(client: KubeClient, machine: ObjectRef): Promise<void>;
}
/** A request before it is sent. */
export interface Write {
  client: KubeClient;
  method: string;
  path: string;
  query: SentRequest['query'];
  contentType: string | undefined;
  body: unknown;
  /** The object as it was read, where `body` is the same one with changes. */
  was: KubeObject | undefined;
}
export const acting = new AsyncLocalStorage<Acting>();

/** Whether a request is one that changes something: no reading, no trial run, no question about one's own rights. */
export const changes = (method: string, path: string, query: SentRequest['query'] = {}): boolean =>
  method !== 'GET' &&
  method !== 'HEAD' &&
  query['dryRun'] === undefined &&
  !/\/(selfsubject\w+reviews|subjectaccessreviews|localsubjectaccessreviews|tokenreviews|expand-vm-spec)$/.test(path);
