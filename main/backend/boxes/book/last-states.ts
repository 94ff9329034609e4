import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { BoxState } from '../../../contract/box/state.ts';
import { fingerprintSchema, randomIdSchema } from '../../../contract/box/words.ts';
import type { Problem } from '../../../contract/problem.ts';
import { writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { privateFolder } from '../../paths.ts';
import { turns } from '../../shared-file.ts';
import { readState } from '../link/state-schema.ts';
import type { BookEntry } from './book.ts';

/** Milliseconds between two writes about one box: while it installs its state changes with every percent. */
const pace = 10_000;
/** Bytes of one file; a real state has a few thousand. */
const longest = 256 * 1024;

const fileSchema = z.object({
  version: z.literal(1),
  /** Of the box that said so: what a former key said is nothing of this box. */
  fingerprint: fingerprintSchema,
  heardAt: z.iso.datetime(),
  state: z.unknown(),
});
type Who = Pick<BookEntry, 'id' | 'fingerprint'>;
/** What a box said last, and when (ISO 8601, this computer's clock). */
export interface LastState {
  heardAt: string;
  state: BoxState;
}

/** What each paired box said last: shown while it is away, also after Hearth was started anew. Only a memory: losing it harms nobody. */
export interface LastStates {
  get(box: Who): LastState | undefined;
  /** Told with each state; written now or soon. */
  keep(box: Who, state: BoxState): void;
  /** It is forgotten. */
  drop(id: string): void;
  /** What was told is on disk when it resolves. */
  close(): Promise<void>;
}

interface Kept extends LastState {
  fingerprint: string;
  dirty: boolean;
  timer?: NodeJS.Timeout | undefined;
}

/** One file a box in `folder` (0700). What is not of `boxes` goes, and so does what cannot be read. */
export async function openLastStates(options: {
  folder: string;
  boxes: readonly Who[];
  log: Log;
  paceMs?: number;
}): Promise<LastStates> {
  const { folder, boxes, log, paceMs = pace } = options;
  await privateFolder(folder);
  const all = new Map<string, Kept>();
  const inTurn = turns();
  let closed = false;
  const fileOf = (id: string): string => join(folder, `${id}.json`);
  for (const name of await readdir(folder)) {
    const id = name.replace(/\.json$/, '');
    const box = boxes.find((each) => each.id === id);
    const found = box && (await readOne(fileOf(id), log));
    if (found && found.fingerprint === box.fingerprint) all.set(id, { ...found, dirty: false });
    else if (randomIdSchema.safeParse(id).success) await rm(join(folder, name), { force: true });
  }

  function write(id: string, kept: Kept): void {
    clearTimeout(kept.timer);
    kept.timer = undefined;
    kept.dirty = false;
    const { fingerprint, heardAt, state } = kept;
    inTurn(async () => {
      // Forgotten, or paired anew, meanwhile.
      if (all.get(id) === kept) await writeJson(fileOf(id), { version: 1, fingerprint, heardAt, state });
    }).catch((error: unknown) => {
      kept.dirty = true;
      log.warn({ err: error, box: id }, 'what a box said last could not be kept');
    });
  }

  return {
    get({ id, fingerprint }) {
      const kept = all.get(id);
      return kept?.fingerprint === fingerprint ? { heardAt: kept.heardAt, state: kept.state } : undefined;
    },
    keep({ id, fingerprint }, told) {
      const state = withoutOutput(told);
      if (closed || Buffer.byteLength(JSON.stringify(state)) > longest) return;
      const news = { fingerprint, heardAt: new Date().toISOString(), state, dirty: true };
      const kept = all.get(id);
      if (kept?.fingerprint === fingerprint) {
        Object.assign(kept, news);
        kept.timer ??= setTimeout(() => write(id, kept), paceMs).unref();
        return;
      }
      clearTimeout(kept?.timer);
      all.set(id, news);
      write(id, news);
    },
    drop(id) {
      clearTimeout(all.get(id)?.timer);
      all.delete(id);
      inTurn(() => rm(fileOf(id), { force: true })).catch((error: unknown) =>
        log.warn({ err: error, box: id }, 'what a forgotten box said could not be removed'),
      );
    },
    async close() {
      for (const [id, kept] of all) if (kept.dirty) write(id, kept);
      closed = true;
      await inTurn(async () => undefined);
    },
  };
}

async function readOne(path: string, log: Log): Promise<(LastState & { fingerprint: string }) | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > 2 * longest) return undefined;
      const { fingerprint, heardAt, state } = fileSchema.parse(JSON.parse(await file.readFile('utf8')));
      const checked = readState(state);
      return checked && { fingerprint, heardAt, state: checked };
    } finally {
      await file.close();
    }
  } catch (error) {
    log.info({ err: error, path }, 'what a box said last could not be read; it goes');
    return undefined;
  }
}

/** What programs printed may hold anything; a memory can do without. */
function withoutOutput({ problem, update, ...state }: BoxState): BoxState {
  const failed = update?.failed;
  return {
    ...state,
    ...(problem && { problem: plain(problem) }),
    ...(update && { update: { ...update, ...(failed && { failed: { ...failed, problem: plain(failed.problem) } }) } }),
  };
}
const plain = ({ output: _lines, command: _line, ...words }: Problem): Problem => words;
