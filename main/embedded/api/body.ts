import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { StatusError, badRequest } from '../kube/status-error.ts';
import { readProtobuf } from './protobuf/decode.ts';

/** As large as etcd lets an object be in Kubernetes, doubled for JSON's overhead. */
const maxBytes = 3 * 1024 * 1024;
/** Milliseconds in which a whole body has to arrive. */
const bodyTimeout = 30_000;
/** Levels of nesting; deeper ones are an attack on recursive code, not an object. */
const maxDepth = 200;

const tooLarge = () => new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBytes}`);

/** Reads the body. 413 when it is too large, 408 when it takes too long. */
export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(
    () => request.destroy(new StatusError(408, 'Timeout', 'the request body did not arrive in time')),
    bodyTimeout,
  );
  try {
    // The connection stays: it has to carry the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
};

export const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

const accepted = [
  'application/json',
  'application/yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
];

/** Parses JSON, YAML or protobuf by its content type; undefined for an empty body. 415 for a type we do not read. */
export const parseBody = (body: Buffer, contentType: string | undefined): unknown => {
  const type = mediaType(contentType);
  if (type === 'application/vnd.kubernetes.protobuf' && body.length > 0) return readProtobuf(body);
  const text = body.toString('utf8');
  if (text.trim() === '') return undefined;
  if (type !== '' && type !== '*/*' && !accepted.includes(type)) {
    const list = 'application/json, application/yaml';
    throw new StatusError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${list}`); // prettier-ignore
  }
  let value: unknown;
  try {
    value = type.endsWith('json') ? JSON.parse(text) : parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    throw notReadable(error);
  }
  guard(value, 0);
  return value;
};

const notReadable = (error: unknown): StatusError =>
  badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`);

/** Refuses what would harm code that walks objects: endless depth, and keys that name a prototype. */
const guard = (value: unknown, depth: number): void => {
  if (depth > maxDepth) throw badRequest(`the object is nested more than ${maxDepth} levels deep`);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) guard(item, depth + 1);
    return;
  }
  if (Object.hasOwn(value, '__proto__')) throw badRequest('"__proto__" is no valid field name');
  for (const member of Object.values(value)) guard(member, depth + 1);
};

/** Bytes of an unwanted body that are still taken, so that the client reads its answer instead of a reset. */
const maxDrain = 16 * 1024 * 1024;
const drainTimeout = 5_000;

/** Reads what is left of a body to nowhere. False where that would take too much: the connection has to go then. */
export const drained = (request: IncomingMessage): Promise<boolean> =>
  new Promise((resolve) => {
    if (request.complete || request.destroyed) {
      request.resume();
      resolve(true);
      return;
    }
    let size = 0;
    const timer = setTimeout(() => resolve(false), drainTimeout);
    const end = (whole: boolean) => {
      clearTimeout(timer);
      resolve(whole);
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxDrain) end(false);
    });
    request.once('end', () => end(true));
    request.once('close', () => end(false));
    request.resume();
  });
