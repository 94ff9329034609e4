import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { StatusError } from '../kube/status-error.ts';

/** What a handler gives back. */
export interface Answer {
  code: number;
  /** Serialised on the way out. */
  json?: unknown;
  body?: string | Uint8Array;
  type?: string;
  headers?: Record<string, string>;
  warnings?: readonly string[];
}

const zip = promisify(gzip);
/** From this size on a client that takes gzip gets it (the limit of kube-apiserver). */
const gzipFrom = 128 * 1024;

/** A Kubernetes Status object. */
export const statusJson = (error: StatusError): object => {
  const { causes, details } = error;
  const seconds = details?.retryAfterSeconds;
  const full = { ...details, ...(causes.length > 0 ? { causes } : {}) };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(Object.keys(full).length > 0
      ? { details: seconds === undefined ? full : { ...full, retryAfterSeconds: seconds } }
      : {}),
    code: error.code,
  };
};

export const failure = (error: unknown): Answer => {
  if (!(error instanceof StatusError)) throw error;
  const seconds = error.details?.retryAfterSeconds;
  return {
    code: error.code,
    json: statusJson(error),
    ...(seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }),
  };
};

/** RFC 7234 warn-text as Kubernetes sends it: code 299, no agent. */
const warning = (text: string): string =>
  `299 - "${text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/[^\x20-\x7e]/g, '?')}"`;

/** Sends an answer. The socket is the client's: a client that went away is no error. */
export const send = async (
  response: ServerResponse,
  answer: Answer,
  acceptEncoding: string | undefined,
): Promise<void> => {
  if (response.headersSent || response.destroyed) return;
  let body: string | Uint8Array = answer.body ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
  response.statusCode = answer.code;
  if (body.length > 0) response.setHeader('content-type', answer.type ?? 'application/json');
  response.setHeader('cache-control', 'no-cache, private');
  response.setHeader('x-content-type-options', 'nosniff');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.warnings?.length) response.setHeader('warning', answer.warnings.map(warning));
  if (body.length >= gzipFrom && /\bgzip\b/.test(acceptEncoding ?? '')) {
    body = await zip(body, { level: 1 });
    response.setHeader('content-encoding', 'gzip');
    response.setHeader('vary', 'accept-encoding');
  }
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
};
