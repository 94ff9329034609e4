import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { diskProblem } from '../contract/disk-problem.ts';
import { ProblemError } from '../contract/problem.ts';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  startedAt: z.string(),
  since: z.string(),
  token: z.string().optional(),
});
type Holder = z.infer<typeof holderSchema>;

/** Tokens of the locks that this process holds or is taking: one with our process id and without them was left by another boot. */
const ours = new Set<string>();

/** When a process started, in words that never change while it lives; undefined when there is none of that id. */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      // Field 22; the name in field 2 may hold spaces and brackets.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  }
  if (process.platform === 'win32') {
    try {
      process.kill(pid, 0);
      return 'running';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
      return 'running';
    }
  }
  const { execa } = await import('execa');
  const result = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], {
    reject: false,
    timeout: 5000,
    stdin: 'ignore',
  });
  return result.stdout.trim() || undefined;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return holderSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The living holder of this lock file, if any. */
export async function lockHolder(path: string): Promise<Holder | undefined> {
  const holder = await readHolder(path);
  if (holder?.pid === process.pid && holder.token !== undefined) return ours.has(holder.token) ? holder : undefined;
  return holder && (await processStart(holder.pid)) === holder.startedAt ? holder : undefined;
}

/**
 * Takes the data directory for this process. A lock whose process is gone (or whose id was given to another one) is
 * taken over. Throws the Problem `data-dir-in-use`, which names the holder.
 */
export async function takeLock(path: string, dataDir: string): Promise<{ release(): Promise<void> }> {
  const token = randomBytes(8).toString('hex');
  const mine: Holder = {
    token,
    pid: process.pid,
    startedAt: (await processStart(process.pid)) ?? '',
    since: new Date().toISOString(),
  };
  // A name of its own for each try, also within one process; what a killed one leaves is swept like any temporary file.
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  let taken = false;
  ours.add(token);
  try {
    await writeFile(temporary, JSON.stringify(mine), { mode: 0o600 }).catch((error: Error) => {
      // An error of a write does not tell of which file.
      throw Object.assign(error, { path });
    });
    for (let attempt = 0; ; attempt += 1) {
      try {
        await link(temporary, path); // fails when there is one: the only step two instances can race for
        taken = true;
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = await lockHolder(path);
      if (holder || attempt > 4) throw inUse(dataDir, holder);
      const aside = `${temporary}.stale`;
      await rename(path, aside).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      const moved = await lockHolder(aside);
      // Another instance took the stale lock over just before us: what we moved away is its living lock. Put it back.
      if (moved) await link(aside, path).catch(() => undefined);
      await rm(aside, { force: true });
    }
  } finally {
    if (!taken) ours.delete(token);
    await rm(temporary, { force: true });
  }
  return {
    async release() {
      if ((await readHolder(path))?.token === token)
        await rm(path, { force: true }).catch((error: unknown) => {
          // It stays, and the next one sees that its process is gone.
          if (!diskProblem(error)) throw error;
        });
      ours.delete(token);
    },
  };
}

const inUse = (dataDir: string, holder: Holder | undefined): ProblemError =>
  new ProblemError({
    code: 'data-dir-in-use',
    title: 'Hearth already runs here',
    detail: holder
      ? `Process ${holder.pid} holds ${dataDir} since ${holder.since}.`
      : `Another instance is just starting on ${dataDir}.`,
    fix: 'Use that one (`hearth open` prints a sign-in address), end it first, or choose another folder with --data-dir.',
    kind: 'denied',
  });
