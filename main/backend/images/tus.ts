import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import type { Server } from '@tus/server';
import type { Log } from '../log.ts';
import type { Sessions } from './sessions.ts';

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
  let loading: Promise<Server> | undefined;
  // With what it is made of it is a tenth of a start's work, and most starts see no upload.
  const server = (): Promise<Server> => {
    loading ??= import('./tus-server.ts').then((all) => all.createTusServer(uploadPath, sessions, folder, log, tell));
    loading.catch(() => (loading = undefined)); // whoever asked has the error; the next one tries again
    return loading;
  };
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
      await (await server()).handle(request, response);
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
