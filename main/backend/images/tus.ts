import { chmodSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { FileStore } from '@tus/file-store';
import { EVENTS, Server } from '@tus/server';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import type { Sessions } from './sessions.ts';
import { uploadLife } from './sessions.ts';

/** Where the web carrier serves it. */
export const uploadPath = '/upload';

export interface TusDoor {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Bytes received of an upload, until the returned function is called. */
  follow(id: string, told: (received: number) => void): () => void;
}

/** The resumable upload endpoint (tus 1.0). Only uploads that `startUpload` named are taken, under the id it gave. */
export function createTus(sessions: Sessions, folder: string, log: Log): TusDoor {
  const followers = new Map<string, Set<(received: number) => void>>();
  const tell = (id: string, received: number): void => {
    for (const told of followers.get(id) ?? []) told(received);
  };
  const refuse = (status: number, problem: Omit<Problem, 'kind'>) => ({
    status_code: status,
    body: JSON.stringify({ kind: 'failed', ...problem }),
  });
  const unknown = refuse(404, {
    code: 'upload-unknown',
    title: 'This upload is not known (any more)',
    detail: 'It was finished, removed, or left alone for a week.',
    fix: 'Start the upload again.',
  });
  const server = new Server({
    path: uploadPath,
    datastore: new FileStore({ directory: folder, expirationPeriodInMilliseconds: uploadLife }),
    relativeLocation: true,
    respectForwardedHeaders: false,
    // The page is served from the same origin; nobody else has business here.
    allowedOrigins: () => false,
    postReceiveInterval: 250,
    namingFunction: (_request, metadata) => {
      const id = metadata?.['uploadId'] ?? '';
      if (!sessions.get(id)) throw unknown;
      return id;
    },
    async onIncomingRequest(_request, id) {
      if (!sessions.get(id)) throw unknown;
    },
    async onUploadCreate(_request, upload) {
      const session = sessions.get(upload.id);
      if (upload.size !== session?.size)
        throw refuse(400, {
          code: 'upload-size',
          title: 'The file has another size than was announced',
          detail: `${session?.size ?? 0} bytes were announced, now it has ${upload.size ?? 0}.`,
          cause: 'The file changed on the disk.',
          fix: 'Start the upload again.',
        });
      return {};
    },
    async onUploadFinish(_request, upload) {
      tell(upload.id, upload.size ?? 0);
      return {};
    },
    onResponseError(_request, error) {
      if ('status_code' in error) return undefined;
      log.warn({ err: error }, 'an upload request failed');
      const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
      return refuse(full ? 507 : 500, {
        ...asProblem(error),
        ...(full && {
          code: 'disk-full',
          title: 'The disk is full',
          fix: 'Free some space; the upload then goes on where it stopped.',
        }),
      });
    },
  });
  server.on(EVENTS.POST_CREATE, (_request, upload) => {
    if (upload.storage?.path) chmodSync(upload.storage.path, 0o600);
  });
  server.on(EVENTS.POST_RECEIVE, (_request, upload) => tell(upload.id, upload.offset));
  return {
    async handle(request, response) {
      const id = request.method === 'POST' ? announcedId(request) : undefined;
      // A page that lost its memory of a half-finished upload creates it again: it gets the same one, not an empty one.
      if (id && sessions.get(id) && (await sessions.received(id)) > 0) {
        response
          .writeHead(201, { location: `${uploadPath}/${id}`, 'tus-resumable': '1.0.0', 'content-length': '0' })
          .end();
        return;
      }
      await server.handle(request, response);
    },
    follow(id, told) {
      const all = followers.get(id) ?? new Set();
      followers.set(id, all.add(told));
      return () => {
        all.delete(told);
        if (all.size === 0) followers.delete(id);
      };
    },
  };
}

/** The upload that a request is about: the last part of its path, or the one it announces. */
export const uploadIdOf = (request: IncomingMessage): string | undefined =>
  request.method === 'POST' ? announcedId(request) : basename((request.url ?? '').split('?')[0] ?? '');

/** `uploadId` of the Upload-Metadata header: "key base64,key base64". */
function announcedId(request: IncomingMessage): string | undefined {
  const header = request.headers['upload-metadata'];
  for (const pair of (typeof header === 'string' ? header : '').split(',')) {
    const [key, value = ''] = pair.trim().split(' ');
    if (key === 'uploadId') return Buffer.from(value, 'base64').toString('utf8');
  }
  return undefined;
}
