import { open, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { z } from 'zod';
import { tailOf } from './file-tail.ts';
import { corruptName, writeFileAtomic } from './json-file.ts';
import type { Log } from './log.ts';

/** A list that only grows at its end, one JSON text a line, bounded by turning the file over. */
export interface JsonLines<T> {
  /** Entries of earlier runs, oldest first. */
  readonly kept: readonly T[];
  /**
   * On disk (synced) when it resolves. Never rejects: what cannot be written (a full disk) is told to the log, waits in memory
   * and is written, in its order, once there is room.
   */
  append(entry: T): Promise<void>;
  /** Forgets all. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds between two tries to write what is waiting. */
const againMs = 5000;
/** Bytes that wait at most; the oldest go. */
const mostWaiting = 4 * 1024 * 1024;

/**
 * Opens (or begins) a list. A line that was torn by a crash, or is not of this schema, goes into `PATH.corrupt-TIME`, which the
 * log names; the lines around it stay. At `maxBytes` the file becomes `PATH.1` (the older one goes), so at most twice that is
 * kept. Of a file that has grown beyond that the end is read.
 */
export async function openJsonLines<T>(options: {
  path: string;
  schema: z.ZodType<T>;
  maxBytes: number;
  log: Log;
  /** Milliseconds; 5 s unless told. */
  againMs?: number;
}): Promise<JsonLines<T>> {
  const { path, maxBytes, log } = options;
  const former = `${path}.1`;
  const kept = [...(await readList(former, options)), ...(await readList(path, options))];

  let file: FileHandle | undefined;
  let size = 0;
  let waiting: string[] = [];
  let told = false;
  let again: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  const reopen = async (): Promise<FileHandle> => {
    await file?.close();
    file = undefined;
    file = await open(path, 'a+', 0o600);
    size = (await file.stat()).size;
    // A torn last line must not swallow the next one.
    if (size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== 0x0a) size += (await file.write('\n')).bytesWritten; // prettier-ignore
    return file;
  };
  /** All or nothing: a disk that fills up takes a part of a line, and says so only by its count. */
  const put = async (to: FileHandle, line: string): Promise<void> => {
    const bytes = Buffer.from(line);
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await to.write(bytes, at);
        if (bytesWritten === 0) throw Object.assign(new Error('the disk takes no more'), { code: 'ENOSPC' });
        at += bytesWritten;
      }
      await to.datasync();
    } catch (error) {
      await to.truncate(size).catch(() => undefined); // mended when it is opened next
      throw error;
    }
    size += bytes.length;
  };
  const writeWaiting = async (): Promise<void> => {
    clearTimeout(again);
    try {
      for (let line = waiting[0]; line !== undefined; line = waiting[0]) {
        let open = file ?? (await reopen());
        if (size >= maxBytes) {
          await rename(path, former);
          open = await reopen();
        }
        await put(open, line);
        waiting.shift();
      }
      if (told) log.info({ path }, 'a list can be written again; nothing of it is missing');
      told = false;
    } catch (error) {
      if (!told) log.error({ path, err: error }, 'a list could not be written; it is tried again');
      told = true;
      await file?.close().catch(() => undefined);
      file = undefined;
      waiting = latest(waiting, mostWaiting);
      again = setTimeout(() => void inTurn(writeWaiting), options.againMs ?? againMs);
      again.unref();
    }
  };
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work).catch((error: unknown) => log.error({ path, err: error }, 'a list could not be written'));
    return turn;
  };
  return {
    kept,
    append: (entry) => {
      waiting.push(`${JSON.stringify(entry)}\n`);
      return inTurn(writeWaiting);
    },
    clear: () =>
      inTurn(async () => {
        waiting = [];
        for (const each of [former, path]) await (await open(each, 'w', 0o600)).close();
        await reopen();
      }),
    close: async () => {
      await inTurn(writeWaiting);
      clearTimeout(again);
      await file?.close();
      file = undefined;
    },
  };
}

/** The entries of a file. Bad lines are moved out of it, beside it. */
async function readList<T>(
  path: string,
  { schema, maxBytes, log }: { schema: z.ZodType<T>; maxBytes: number; log: Log },
): Promise<T[]> {
  // A last entry may reach beyond the limit.
  const most = 2 * maxBytes;
  const found = await tailOf(path, most);
  if (!found) return [];
  const whole = found.size <= most;
  const lines = found.bytes.toString('utf8').split('\n');
  // It was cut somewhere within.
  if (!whole) lines.shift();
  const kept: T[] = [];
  const good: string[] = [];
  const bad: string[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const entry = parse(line, schema);
    if (entry === undefined) bad.push(line);
    else {
      kept.push(entry);
      good.push(line);
    }
  }
  if (bad.length === 0) return kept;
  const aside = corruptName(path);
  try {
    await writeFileAtomic(aside, `${bad.join('\n')}\n`);
    if (whole) await writeFileAtomic(path, good.map((line) => `${line}\n`).join(''));
    log.error({ path, aside, lines: bad.length }, 'lines of a list could not be read and were set aside');
  } catch (error) {
    // They stay where they are and are passed over; the next start tries again.
    log.warn({ path, lines: bad.length, err: error }, 'lines of a list could not be read and were passed over');
  }
  return kept;
}

/** The last ones of a list of texts that are no longer than this together. Pure. */
export function latest(texts: readonly string[], most: number): string[] {
  let length = 0;
  const from = texts.findLastIndex((text) => (length += text.length) > most);
  return texts.slice(from + 1);
}

function parse<T>(line: string, schema: z.ZodType<T>): T | undefined {
  try {
    const checked = schema.safeParse(JSON.parse(line));
    return checked.success ? checked.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
