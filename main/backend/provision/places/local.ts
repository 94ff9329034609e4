import { copyFile, link, lstat, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { privateFolder } from '../../paths.ts';
import { writeFileAtomic } from '../../json-file.ts';
import type { ElevateOptions, Elevated, Place, StagedFile } from '../place.ts';
import { pkexecOutcome, shellWords, sudoOutcome } from './elevation.ts';
import type { Attempt } from './elevation.ts';
import { plainEnvironment, runProcess } from '../../process.ts';

export interface LocalPlaceOptions {
  /** Private folder for what root is to take from us. */
  stagingRoot: string;
  log: Log;
  /** Instead of this process's own (tests). */
  env?: NodeJS.ProcessEnv;
  uid?: number;
}

/** Milliseconds the helper may finish the step it is at when it is told to stop; being killed then is like a power loss to it. */
const patienceMs = 60_000;

/** This computer. Programs are run by spawn without a shell; root is got by being it, by pkexec, or by sudo. */
export function localPlace(options: LocalPlaceOptions): Place {
  const env = plainEnvironment(options.env);
  const uid = options.uid ?? process.getuid?.();
  const there = async (program: string): Promise<boolean> =>
    (await runProcess(['sh', '-c', 'command -v "$1"', 'sh', program], { env, timeoutMs: 5000 })).code === 0;
  const seated = Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  const sudoAsks = async (): Promise<boolean> =>
    (await runProcess(['sudo', '-n', 'true'], { env, timeoutMs: 10_000 })).code !== 0;

  /** One attempt with `prefix` in front of the program. */
  async function attempt(
    prefix: readonly string[],
    argv: readonly string[],
    { onLine, signal, timeoutMs, terminal, feed }: ElevateOptions,
    stdin?: string,
  ): Promise<Attempt> {
    let spoke = false;
    const result = await runProcess([...prefix, ...argv], {
      env,
      signal,
      timeoutMs,
      patienceMs,
      ...(stdin !== undefined && { stdin }),
      ...(terminal && { terminal }),
      ...(feed && { feed }),
      onLine(line) {
        spoke = true;
        onLine(line);
      },
    });
    return { code: result.code, stderr: result.stderr, spoke };
  }

  const elevate: Place['elevate'] = async (argv, how) => {
    how.signal.throwIfAborted();
    if (uid === 0) {
      const { code, stderr } = await attempt([], argv, how);
      return { outcome: 'ran', code, stderr };
    }
    const sudo = await there('sudo');
    // -k: asks even where it still remembers, so that the password never reaches the program's own stdin, and a wrong one shows.
    // With its stdin left open a wrong password would make sudo wait for the next one.
    if (how.password !== undefined && sudo && how.feed) {
      const { feed: _, ...asking } = how;
      const tried = sudoOutcome(await attempt(['sudo', '-k', '-S', '--'], ['true'], asking, `${how.password}\n`));
      if (tried.outcome !== 'ran') return tried;
    }
    if (how.password !== undefined && sudo)
      return sudoOutcome(await attempt(['sudo', '-k', '-S', '--'], argv, how, `${how.password}\n`));
    if (sudo && how.terminal) return sudoOutcome(await attempt(['sudo', '--'], argv, how));
    let asked: Elevated | undefined;
    if ((seated || how.terminal) && (await there('pkexec'))) {
      // Its own agent in a terminal that nobody sees would wait for ever.
      const flags = how.terminal ? [] : ['--disable-internal-agent'];
      asked = pkexecOutcome(await attempt(['pkexec', ...flags], argv, how));
      if (asked.outcome !== 'no-agent') return asked;
      options.log.info({ stderr: asked.stderr }, 'pkexec has nobody to ask');
    }
    if (sudo) {
      const tried = sudoOutcome(await attempt(['sudo', '-n', '--'], argv, how));
      return tried.outcome === 'password-needed' && asked ? asked : tried;
    }
    return asked ?? { outcome: 'missing', command: shellWords(argv) };
  };

  return {
    id: 'local',
    title: 'this computer',
    type: 'local',
    address: '127.0.0.1',
    run: (argv, how) => runProcess(argv, { ...how, env }),
    async elevation() {
      if (uid === 0) return 'root';
      if (seated && (await there('pkexec'))) return 'pkexec';
      if (!(await there('sudo'))) return 'none';
      return (await sudoAsks()) ? 'sudo-password' : 'sudo';
    },
    elevate,
    async stage(files, { signal, onProgress }) {
      await privateFolder(options.stagingRoot);
      const total = files.reduce((sum, file) => sum + file.size, 0);
      let done = 0;
      for (const file of files) {
        signal.throwIfAborted();
        await put(join(options.stagingRoot, file.sha256), file);
        done += file.size;
        onProgress(done, total);
      }
      return { folder: options.stagingRoot };
    },
    unstage: () => rm(options.stagingRoot, { recursive: true, force: true }),
    async read(path, limit = 1024 * 1024) {
      try {
        const file = await open(path, 'r');
        try {
          const { buffer, bytesRead } = await file.read(Buffer.alloc(limit), 0, limit, 0);
          return buffer.subarray(0, bytesRead);
        } finally {
          await file.close();
        }
      } catch (error) {
        if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
          return undefined;
        throw error;
      }
    },
    close: async () => undefined,
  };
}

/** Links where the file system lets us, else copies; what is there under the name but is another file is replaced. */
async function put(path: string, file: StagedFile): Promise<void> {
  if ('bytes' in file.content) {
    if (!(await sameBytes(path, file.content.bytes))) await writeFileAtomic(path, file.content.bytes);
    return;
  }
  const source = file.content.path;
  const [from, to] = await Promise.all([stat(source), lstat(path).catch(() => undefined)]);
  if (to?.isFile() && to.ino === from.ino && to.dev === from.dev) return;
  const aside = `${path}.${process.pid}`;
  await rm(aside, { force: true });
  try {
    await link(source, aside);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(source, aside);
  }
  await rename(aside, path);
}

async function sameBytes(path: string, bytes: Uint8Array): Promise<boolean> {
  const there = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return there?.equals(bytes) ?? false;
}
