import { chmodSync } from 'node:fs';
import { FileStore } from '@tus/file-store';
import { EVENTS, Server } from '@tus/server';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import type { Sessions } from './sessions.ts';
import { uploadLife } from './sessions.ts';

/** The server behind `createTus`. `tell` hears of every upload's bytes as they come. */
export function createTusServer(
  path: string,
  sessions: Sessions,
  folder: string,
  log: Log,
  tell: (id: string, received: number) => void,
): Server {
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
    path,
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
  return server;
}
