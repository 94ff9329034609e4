import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../kube/object.ts';
import { StatusError, badRequest, invalid } from '../kube/status-error.ts';
import { now } from '../store/metadata.ts';
import type { Answer } from './http.ts';
import type { ApiParts } from './ports.ts';

/** POST of an UploadTokenRequest: answered, never kept. */
export const requestUploadToken = (parts: ApiParts, object: KubeObject): Answer => {
  if (!parts.uploads) throw new StatusError(503, 'ServiceUnavailable', 'uploads are not ready yet');
  const claim = object.spec?.['pvcName'];
  if (typeof claim !== 'string' || claim === '') {
    throw invalid('UploadTokenRequest.upload.cdi.kubevirt.io is invalid: spec.pvcName: Required value', [
      { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.pvcName' },
    ]);
  }
  const token = parts.uploads.issueToken(object.metadata.namespace ?? '', claim);
  return {
    code: 201,
    json: { ...object, metadata: { ...object.metadata, creationTimestamp: now() }, status: { token } },
  };
};

const paths: Record<string, 'sync' | 'async'> = { '/v1beta1/upload': 'sync', '/v1beta1/upload-async': 'async' };
/** Served by CDI, not here: told so instead of a refusal of the token, which is good for uploads only. */
const otherPaths = /^\/v1beta1\/upload-(form|form-async|archive|archive-async|archive-async-form)$/;
export const isUpload = (pathname: string): boolean => Object.hasOwn(paths, pathname) || otherPaths.test(pathname);
const plain = (code: number, message: string): Answer => ({ code, body: message, type: 'text/plain; charset=utf-8' });

/** CDI's upload proxy: codes and plain texts as there (400 odd header, 401 bad token, 503 not ready, 409 done). */
export const upload = async (
  parts: ApiParts,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer> => {
  if (otherPaths.test(pathname))
    return plain(404, 'Forms and archives are not taken here: send the bytes of a disk image to /v1beta1/upload-async');
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!token) return plain(400, 'Missing or malformed Authorization header');
  if (!parts.uploads) return plain(503, 'uploads are not ready yet');
  if (request.method === 'HEAD') {
    const { code, message } = parts.uploads.probe(token);
    return plain(code, message);
  }
  if (request.method !== 'POST' && request.method !== 'PUT') return plain(405, 'use POST or PUT');
  const length = request.headers['content-length'];
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw badRequest('Content-Length is no number');
  const gone = new AbortController();
  const abort = () => gone.abort();
  response.once('close', abort);
  // A sender that stalls for two minutes is gone; the time of a whole upload has no limit.
  request.setTimeout(120_000, () => request.destroy(new Error('the upload stalled')));
  try {
    const result = await parts.uploads.accept(token, request, {
      mode: paths[pathname] ?? 'sync',
      ...(length === undefined ? {} : { size: Number(length) }),
      signal: AbortSignal.any([gone.signal, parts.signal]),
    });
    return {
      ...plain(result.code, result.message),
      ...(request.readableEnded ? {} : { headers: { connection: 'close' } }),
    };
  } finally {
    response.off('close', abort);
  }
};
