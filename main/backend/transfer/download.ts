import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ExportedFile } from '../../contract/transfer.ts';

/** Names of finished files in Hearth's own folder. */
export const fileName = /^[a-z0-9][a-z0-9.-]{0,80}\.hearth-vm$/;

export async function listFiles(folder: string): Promise<ExportedFile[]> {
  const names = (await readdir(folder)).filter((name) => fileName.test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const { size, mtime } = await stat(join(folder, name));
      return { name, size, at: mtime.toISOString(), download: `/exports/${name}` };
    }),
  );
  return files.sort((a, b) => b.at.localeCompare(a.at));
}
export const removeFile = (folder: string, name: string): Promise<void> =>
  fileName.test(name) ? rm(join(folder, name), { force: true }) : Promise.resolve();

/** Answers GET /exports/NAME of a signed-in browser, with one range where it asks for one; false when there is no such file. */
export async function sendFile(
  folder: string,
  name: string,
  request: Pick<IncomingMessage, 'headers'>,
  response: ServerResponse,
): Promise<boolean> {
  if (!fileName.test(name)) return false;
  const path = join(folder, name);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return false;
  const { size } = found;
  const etag = `"${size}-${Math.round(found.mtimeMs)}"`;
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '');
  const condition = request.headers['if-range'];
  const range = match && (condition === undefined || condition === etag) ? match : undefined;
  const from = range ? Number(range[1]) : 0;
  const to = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
  if (range && (from >= size || to < from)) {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    return true;
  }
  response.writeHead(range ? 206 : 200, {
    'content-type': 'application/x-tar',
    'content-length': to - from + 1,
    'content-disposition': `attachment; filename="${name}"`,
    'accept-ranges': 'bytes',
    etag,
    'cache-control': 'no-store',
    ...(range && { 'content-range': `bytes ${from}-${to}/${size}` }),
  });
  await pipeline(createReadStream(path, { start: from, end: to, highWaterMark: 1024 * 1024 }), response).catch(
    (error: NodeJS.ErrnoException) => {
      // The browser went away; it comes again with a range.
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.code !== 'ECONNRESET') throw error;
    },
  );
  return true;
}
