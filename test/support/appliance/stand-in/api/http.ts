import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'yaml';
import { StatusError } from '../../../../../main/embedded/kube/status-error.ts';
import { readProtobuf } from '../../../../../main/embedded/api/protobuf/decode.ts';
import { statusJson } from '../../../../../main/embedded/api/http.ts';
import type { KubeObject } from '../../../../../main/contract/kube.ts';

export const send = (response: ServerResponse, code: number, body: unknown, type = 'application/json'): void => {
  if (response.headersSent) return;
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
};
export const sendError = (response: ServerResponse, error: unknown): void => {
  const status =
    error instanceof StatusError ? error : new StatusError(500, 'InternalError', `Internal error occurred: ${String(error)}`);
  send(response, status.code, statusJson(status));
}; // prettier-ignore

export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
/** A body as JSON, YAML, or (of the kinds that kubectl makes by itself) protobuf. */
export async function readBody<T = KubeObject>(request: IncomingMessage): Promise<T> {
  const type = request.headers['content-type'] ?? '';
  const bytes = await readBytes(request);
  if (type.includes('protobuf') && bytes.length > 0) return readProtobuf(bytes) as T;
  const text = bytes.toString('utf8');
  try {
    return (text === '' ? {} : type.includes('yaml') ? parse(text) : JSON.parse(text)) as T;
  } catch (error) {
    throw new StatusError(400, 'BadRequest', `couldn't read the body: ${(error as Error).message}`);
  }
}
