import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { cautiousNow } from '../steady-clock.ts';

export const sessionSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  fileName: z.string(),
  size: z.number(),
  lastModified: z.number().optional(),
  createdAt: z.string(),
});
/** One browser upload: remembered until its image is ready or removed. */
export type UploadSession = z.infer<typeof sessionSchema>;

/** Uploads that nobody went on with for this long are forgotten. */
export const uploadLife = 7 * 24 * 3600 * 1000;

export interface Sessions {
  get(id: string): UploadSession | undefined;
  ofImage(name: string): UploadSession | undefined;
  all(): UploadSession[];
  add(session: Omit<UploadSession, 'id' | 'createdAt'>): Promise<UploadSession>;
  /** Forgets the upload and its bytes. */
  remove(id: string): Promise<void>;
  /** Where its bytes are. */
  file(id: string): string;
  /** Bytes that are here. */
  received(id: string): Promise<number>;
  /** Those that nobody touched for a week. */
  expired(now?: number): Promise<UploadSession[]>;
}

/** The uploads of DATA/uploads: `<id>.session` is ours, `<id>` and `<id>.json` are the tus store's. */
export async function openSessions(folder: string, log: Log): Promise<Sessions> {
  const sessions = new Map<string, UploadSession>();
  const path = (id: string): string => join(folder, `${id}.session`);
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.session')) continue;
    const session = await readJson(join(folder, file), sessionSchema, log);
    if (session) sessions.set(session.id, session);
  }
  const statOf = (file: string) =>
    stat(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  return {
    get: (id) => sessions.get(id),
    ofImage: (name) => [...sessions.values()].find((session) => session.name === name),
    all: () => [...sessions.values()],
    async add(given) {
      const session = { ...given, id: randomUUID(), createdAt: new Date().toISOString() };
      await writeJson(path(session.id), session);
      sessions.set(session.id, session);
      return session;
    },
    async remove(id) {
      if (!sessions.delete(id)) return;
      for (const file of [path(id), join(folder, `${id}.json`), join(folder, id)]) await rm(file, { force: true });
    },
    file: (id) => join(folder, id),
    received: async (id) => (await statOf(join(folder, id)))?.size ?? 0,
    async expired(now = cautiousNow()) {
      const old: UploadSession[] = [];
      for (const session of sessions.values()) {
        const touched = (await statOf(join(folder, session.id))) ?? (await statOf(path(session.id)));
        if (touched && now - touched.mtimeMs > uploadLife) old.push(session);
      }
      return old;
    },
  };
}
