import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { SFTPWrapper, Stats } from 'ssh2';
import { ProblemError } from '../../../contract/problem.ts';
import type { StagedFile, StageOptions } from '../place.ts';

/** Bytes of one write, and how many writes may be under way: fills a fast line without much memory. */
const pieceSize = 32 * 1024;
const atOnce = 32;

/** SFTP's codes (draft-ietf-secsh-filexfer-02, section 7). */
const sftpCode = { missing: 2, denied: 3, failure: 4 } as const;
const isCode = (error: unknown, ...codes: number[]): boolean => codes.includes((error as { code?: number }).code ?? -1);

export interface RemoteFiles {
  /** undefined when there is nothing of that name. Links are not followed. */
  stat(path: string): Promise<Stats | undefined>;
  home(): Promise<string>;
  /** A folder that only we may enter; refuses one of somebody else. */
  privateFolder(path: string, uid: number): Promise<void>;
  /** Fails when there is something of that name. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** At most `limit` bytes; undefined when it is not there or may not be read. */
  read(path: string, limit: number): Promise<Buffer | undefined>;
  /** Sends what is missing of a file whose first `from` bytes are there. */
  append(
    path: string,
    file: StagedFile,
    from: number,
    options: StageOptions,
    sent: number,
    total: number,
  ): Promise<void>;
}

/** `lost` rejects when the connection ends: the library leaves some callbacks uncalled then. */
export function remoteFiles(sftp: SFTPWrapper, lost: Promise<never>): RemoteFiles {
  const ask = <T = void>(work: (done: (error: Error | null | undefined, value?: T) => void) => void): Promise<T> =>
    Promise.race([
      lost,
      new Promise<T>((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value as T)))),
    ]);
  const stat: RemoteFiles['stat'] = async (path) => {
    try {
      return await ask<Stats>((done) => sftp.lstat(path, done));
    } catch (error) {
      if (isCode(error, sftpCode.missing)) return undefined;
      throw error;
    }
  };
  return {
    stat,
    home: () => ask<string>((done) => sftp.realpath('.', done)),
    async privateFolder(path, uid) {
      const there = await stat(path);
      if (!there) return ask((done) => sftp.mkdir(path, { mode: 0o700 }, done));
      if (!there.isDirectory() || there.uid !== uid)
        throw new ProblemError({
          code: 'folder-not-ours',
          title: 'A folder on the machine belongs to somebody else',
          detail: `${path} is not a folder of the user we are there.`,
          fix: 'Remove it there, then try again.',
        });
      if ((there.mode & 0o077) !== 0) await ask((done) => sftp.chmod(path, 0o700, done));
    },
    rename: (from, to) => ask((done) => sftp.rename(from, to, done)),
    async remove(path) {
      try {
        await ask((done) => sftp.unlink(path, done));
      } catch (error) {
        if (!isCode(error, sftpCode.missing)) throw error;
      }
    },
    async read(path, limit) {
      let handle: Buffer;
      try {
        handle = await ask<Buffer>((done) => sftp.open(path, 'r', done));
      } catch (error) {
        if (isCode(error, sftpCode.missing, sftpCode.denied, sftpCode.failure)) return undefined;
        throw error;
      }
      try {
        const buffer = Buffer.alloc(limit);
        let at = 0;
        while (at < limit) {
          const from = at;
          const size = Math.min(pieceSize, limit - at);
          const got = await ask<number>((done) =>
            sftp.read(handle, buffer, from, size, from, (error, bytes) => {
              // The end of the file is told as an error of code 1.
              if (error && isCode(error, 1)) done(undefined, 0);
              else done(error, bytes);
            }),
          );
          if (got === 0) break;
          at += got;
        }
        return buffer.subarray(0, at);
      } catch (error) {
        if (isCode(error, sftpCode.failure, sftpCode.denied)) return undefined; // a folder opens, and cannot be read
        throw error;
      } finally {
        await ask((done) => sftp.close(handle, done));
      }
    },
    async append(path, file, from, { signal, onProgress }, sent, total) {
      const handle = await ask<Buffer>((done) => sftp.open(path, from > 0 ? 'r+' : 'w', { mode: 0o600 }, done));
      const source = 'path' in file.content ? await open(file.content.path, 'r') : undefined;
      try {
        const writing = new Set<Promise<void>>();
        const trouble: { error?: unknown } = {};
        for (let at = from; at < file.size; ) {
          signal.throwIfAborted();
          if ('error' in trouble) break;
          const piece = await pieceOf(file, source, at);
          const offset = at;
          const write = ask((done) => sftp.write(handle, piece, 0, piece.length, offset, done)).then(
            () => onProgress(sent + offset + piece.length, total),
            (error: unknown) => {
              trouble.error ??= error;
            },
          );
          writing.add(write);
          void write.then(() => writing.delete(write));
          at += piece.length;
          if (writing.size >= atOnce) await Promise.race(writing);
        }
        await Promise.all(writing);
        if ('error' in trouble) throw trouble.error;
      } finally {
        await source?.close();
        await ask((done) => sftp.close(handle, done));
      }
    },
  };
} // prettier-ignore

async function pieceOf(file: StagedFile, source: FileHandle | undefined, at: number): Promise<Buffer> {
  const size = Math.min(pieceSize, file.size - at);
  if ('bytes' in file.content) return Buffer.from(file.content.bytes.subarray(at, at + size));
  const { buffer, bytesRead } = await (source as FileHandle).read(Buffer.alloc(size), 0, size, at);
  if (bytesRead === 0)
    throw new ProblemError({
      code: 'staged-file-changed',
      title: 'A file changed while it was sent',
      detail: `${file.content.path} is shorter than it was.`,
      fix: 'Start it again.',
    });
  return buffer.subarray(0, bytesRead);
}
