import { appendFile, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunLine } from '../../contract/appliance.ts';
import { ProblemError } from '../../contract/problem.ts';
import { privateFolder } from '../paths.ts';

const lineSchema = z.object({
  at: z.string(),
  step: z.string().optional(),
  level: z.enum(['info', 'warning', 'error']),
  text: z.string(),
});

/** Lines of one run that are kept; beyond it the oldest go from memory, and the file takes no more. */
const mostLines = 5000;
const longestText = 2000;
/** Runs of one appliance that are kept. */
const mostRuns = 30;

/** The log of one run: written as it comes, one JSON object a line, and told to whoever watches. */
export interface RunLog {
  add(level: RunLine['level'], text: string, step?: string): void;
  /** No more lines: watchers get the end. Resolves once all of it is on disk. */
  end(): Promise<void>;
}
export interface RunLogs {
  /** `folder`: of the appliance; made when it is not there. The run can be watched from now on. */
  open(taskId: string, folder: string): RunLog;
  /** Lines so far, then each as it comes, until the run ends. Throws the Problem `no-such-run`. */
  watch(taskId: string, signal: AbortSignal): AsyncGenerator<RunLine[]>;
}

interface Live {
  lines: RunLine[];
  /** Lines that are no longer in `lines`. */
  dropped: number;
  ended: boolean;
  wake: Set<() => void>;
}

/** `root`: the folder of all appliances, in which logs of earlier runs are looked for. */
export function createRunLogs(root: string): RunLogs {
  const running = new Map<string, Live>();

  async function find(taskId: string): Promise<string | undefined> {
    // The id comes from a page: a name and nothing else.
    if (!/^[A-Za-z0-9-]{1,64}$/.test(taskId)) return undefined;
    for (const entry of await readdir(root, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = join(root, entry.name, 'runs', `${taskId}.jsonl`);
      if (await stat(path).catch(() => undefined)) return path;
    }
    return undefined;
  }

  return {
    open(taskId, folder) {
      const runs = join(folder, 'runs');
      const path = join(runs, `${taskId}.jsonl`);
      const live: Live = { lines: [], dropped: 0, ended: false, wake: new Set() };
      running.set(taskId, live);
      let pending = '';
      let written = 0;
      let writing: Promise<void> | undefined;
      let prepared: Promise<void> | undefined;
      const prepare = async (): Promise<void> => {
        await privateFolder(folder);
        await privateFolder(runs);
        await dropOldest(runs);
      };
      const write = async (): Promise<void> => {
        await (prepared ??= prepare());
        while (pending) {
          const text = pending;
          pending = '';
          await appendFile(path, text, { mode: 0o600 });
        }
      };
      return {
        add(level, text, step) {
          const line: RunLine = {
            at: new Date().toISOString(),
            level,
            text: text.slice(0, longestText),
            ...(step && { step }),
          };
          live.lines.push(line);
          if (live.lines.length > mostLines) live.dropped += live.lines.splice(0, 500).length;
          written += 1;
          if (written <= mostLines) pending += `${JSON.stringify(line)}\n`;
          writing ??= write().finally(() => {
            writing = undefined;
          });
          // A full disk must not end the run; it is seen by those who watch, and by the step that needs the room.
          writing.catch(() => undefined);
          for (const wake of live.wake) wake();
        },
        async end() {
          live.ended = true;
          for (const wake of live.wake) wake();
          // Whoever asks from now on reads the file.
          const flushed = async (): Promise<void> => {
            if (!writing) return;
            await writing.catch(() => undefined);
            await flushed();
          };
          await flushed();
          running.delete(taskId);
        },
      };
    },
    async *watch(taskId, signal) {
      const live = running.get(taskId);
      if (!live) {
        const path = await find(taskId);
        if (!path)
          throw new ProblemError({
            code: 'no-such-run',
            title: 'There is no log of this run',
            detail: `Nothing is kept of the run ${taskId}.`,
          });
        yield parseLines(await readFile(path, 'utf8'));
        return;
      }
      let next = 0;
      let wake: (() => void) | undefined;
      const poke = (): void => wake?.();
      live.wake.add(poke);
      signal.addEventListener('abort', poke);
      try {
        for (let first = true; !signal.aborted; first = false) {
          const from = Math.max(0, next - live.dropped);
          const fresh = live.lines.slice(from);
          next = live.dropped + live.lines.length;
          if (fresh.length > 0 || first) yield fresh;
          else if (live.ended) return;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        live.wake.delete(poke);
        signal.removeEventListener('abort', poke);
      }
    },
  };
}

/** A line that a crash cut short is left out. */
function parseLines(text: string): RunLine[] {
  return text.split('\n').flatMap((line) => {
    if (!line) return [];
    try {
      const { step, ...rest } = lineSchema.parse(JSON.parse(line));
      return [{ ...rest, ...(step && { step }) }];
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) return [];
      throw error;
    }
  });
}

async function dropOldest(folder: string): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  if (files.length < mostRuns) return;
  const dated = await Promise.all(
    files.map(async (name) => ({ path: join(folder, name), at: (await stat(join(folder, name))).mtimeMs })),
  );
  dated.sort((a, b) => a.at - b.at);
  for (const { path } of dated.slice(0, files.length - mostRuns + 1)) await rm(path, { force: true });
}
