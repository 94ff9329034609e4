import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { fingerprintSchema, randomIdSchema } from '../../../contract/box/words.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import { readJson, writeFileAtomic, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { locked, turns, watchFile } from '../../shared-file.ts';
import { exists } from '../../paths.ts';

const entrySchema = z.object({
  id: randomIdSchema,
  name: z.string().min(1).max(100),
  /** Host name or address, with `:port` unless it is the usual one. */
  address: z.string().min(1).max(260),
  fingerprint: fingerprintSchema,
  pairedAt: z.iso.datetime(),
  /** When it answered last, ISO 8601. */
  seenAt: z.iso.datetime(),
  macs: z.array(z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)).max(32),
  targetId: z.string().max(100).optional(),
});
const fileSchema = z.object({ version: z.literal(1), boxes: z.array(entrySchema) });
/** Bytes that must fit before a box is asked to trust us: more than the list will grow by. */
const room = 64 * 1024;
/** A paired box as it is remembered. */
export type BookEntry = z.infer<typeof entrySchema>;

/** The paired boxes of one data directory. */
export interface Book {
  readonly entries: readonly BookEntry[];
  /** Set when the file could not be used and was set aside. */
  readonly notice: Problem | undefined;
  put(entry: BookEntry): Promise<void>;
  /** Changes what is there; nothing happens when it was forgotten meanwhile. */
  edit(id: string, change: Partial<Omit<BookEntry, 'id' | 'fingerprint'>>): Promise<void>;
  remove(id: string): Promise<void>;
  /** Whether another box could be written now. Throws the Problem `boxes-not-kept`. */
  checkRoom(): Promise<void>;
  /** Told after each change, made here or by another process. */
  listen(told: () => void): () => void;
  /** What is being written is on disk when it resolves. */
  close(): Promise<void>;
}

/** `boxes.json`: written atomically under a lock, read anew when another process wrote it. */
export async function openBook(options: { file: string; log: Log }): Promise<Book> {
  const { file, log } = options;
  const listeners = new Set<() => void>();
  let entries: readonly BookEntry[] = [];
  let notice: Problem | undefined;
  let closed = false;
  const inTurn = turns();

  async function read(): Promise<readonly BookEntry[]> {
    const there = await exists(file);
    const kept = await readJson(file, fileSchema, log);
    if (there && !kept) notice = damaged(file);
    const all = kept?.boxes ?? [];
    return all.filter((each, at) => all.findIndex(({ id }) => id === each.id) === at);
  }
  function take(next: readonly BookEntry[]): void {
    if (JSON.stringify(next) === JSON.stringify(entries)) return;
    entries = next;
    for (const told of listeners) told();
  }
  const change = (edit: (now: readonly BookEntry[]) => readonly BookEntry[]): Promise<void> =>
    inTurn(() =>
      locked(file, async () => {
        const before = await read();
        const boxes = edit(before).map((each) => entrySchema.parse(each));
        if (JSON.stringify(boxes) !== JSON.stringify(before)) await writeJson(file, { version: 1, boxes });
        take(boxes);
      }).catch((error: unknown) => {
        // The lock is a file too.
        throw (error as NodeJS.ErrnoException).code === undefined ? error : notKept(file, error);
      }),
    );

  const reread = (): Promise<void> => inTurn(async () => (closed ? undefined : take(await read())));
  const watcher = watchFile(file, reread, log);
  await reread();
  return {
    get entries() {
      return entries;
    },
    get notice() {
      return notice;
    },
    put: (entry) => change((now) => [...now.filter(({ id }) => id !== entry.id), entry]),
    edit: (id, fields) => change((now) => now.map((each) => (each.id === id ? { ...each, ...fields } : each))),
    remove: (id) => change((now) => now.filter((each) => each.id !== id)),
    checkRoom: () =>
      inTurn(async () => {
        const trial = `${file}.${process.pid}.room`;
        try {
          await locked(file, () => writeFileAtomic(trial, Buffer.alloc(room)));
        } catch (error) {
          throw notKept(file, error, ' Nothing was said to the box.');
        } finally {
          await rm(trial, { force: true });
        }
      }),
    listen(told) {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    async close() {
      closed = true;
      watcher.close();
      listeners.clear();
      await inTurn(async () => undefined);
    },
  };
}

const notKept = (file: string, error: unknown, said = ''): ProblemError =>
  new ProblemError(
    {
      code: 'boxes-not-kept',
      title: 'The list of boxes cannot be written',
      detail: `${file}: ${error instanceof Error ? error.message : String(error)}.${said}`,
      cause: 'The disk is full or cannot be written.',
      fix: 'Make room in the data directory of Hearth, then try again.',
    },
    { cause: error },
  );

const damaged = (file: string): Problem => ({
  code: 'boxes-file-damaged',
  title: 'The list of boxes could not be read',
  detail: `${file} was damaged and set aside under another name. No box is paired now.`,
  cause: 'The disk was full or damaged, or something else wrote into the file.',
  fix: 'Pair each box again: show a new code on its own pages (or its screen), then type it here.',
  kind: 'failed',
});
