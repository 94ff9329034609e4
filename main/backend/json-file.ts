import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { Log } from './log.ts';

/** Writes a file whole or not at all (temp file, fsync, rename), mode 0600. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`);

/** The checked content; undefined when there is no file. A file that cannot be used is set aside under `.corrupt-TIME`, never lost. */
export async function readJson<T>(path: string, schema: z.ZodType<T>, log: Log): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let reason: string;
  try {
    const checked = schema.safeParse(JSON.parse(text));
    if (checked.success) return checked.data;
    reason = z.prettifyError(checked.error);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    reason = error.message;
  }
  const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`;
  await rename(path, aside);
  log.error({ path, aside, reason }, 'a file of Hearth could not be used and was set aside; starting anew');
  return undefined;
}
