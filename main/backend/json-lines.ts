import { open, readFile, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { z } from 'zod';
import type { Log } from './log.ts';

/** A list that only grows at its end, one JSON text a line, bounded by turning the file over. */
export interface JsonLines<T> {
  /** Entries of earlier runs, oldest first. */
  readonly kept: readonly T[];
  /** On disk (synced) when it resolves; never rejects: what cannot be written is told to the log. */
  append(entry: T): Promise<void>;
  /** Forgets all. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens (or begins) a list. A line that was torn by a crash, or is not of this schema, is passed over and counted in the
 * log; the lines around it stay. At `maxBytes` the file becomes `PATH.1` (the older one goes), so at most twice that is kept.
 */
export async function openJsonLines<T>(options: {
  path: string;
  schema: z.ZodType<T>;
  maxBytes: number;
  log: Log;
}): Promise<JsonLines<T>> {
  const { path, schema, maxBytes, log } = options;
  const former = `${path}.1`;
  const older = await textOf(former);
  const newer = await textOf(path);
  const kept: T[] = [];
  let bad = 0;
  for (const line of `${older}\n${newer}`.split('\n')) {
    if (line.trim() === '') continue;
    const entry = parse(line, schema);
    if (entry === undefined) bad += 1;
    else kept.push(entry);
  }
  if (bad > 0) log.warn({ path, lines: bad }, 'lines of a list could not be read and were passed over');

  let file: FileHandle = await open(path, 'a', 0o600);
  let size = Buffer.byteLength(newer);
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work).catch((error: unknown) => log.error({ path, err: error }, 'a list could not be written'));
    return turn;
  };
  const renew = async (): Promise<void> => {
    await file.close();
    file = await open(path, 'a', 0o600);
    size = (await file.stat()).size;
  };
  // A torn last line must not swallow the next one.
  if (newer !== '' && !newer.endsWith('\n')) {
    await file.write('\n');
    size += 1;
  }
  return {
    kept,
    append: (entry) =>
      inTurn(async () => {
        if (size >= maxBytes) {
          await rename(path, former);
          await renew();
        }
        const line = `${JSON.stringify(entry)}\n`;
        await file.write(line);
        await file.datasync();
        size += Buffer.byteLength(line);
      }),
    clear: () =>
      inTurn(async () => {
        await rename(path, former);
        await renew();
        await (await open(former, 'w', 0o600)).close();
      }),
    close: async () => {
      await turn;
      await file.close();
    },
  };
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

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
