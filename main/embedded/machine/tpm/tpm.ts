import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext } from '../../kube/context.ts';
import type { MachineFiles } from '../files.ts';
import { processFacts, signal } from '../qemu/process.ts';
import { manufacture } from './manufacture.ts';
import { findTpmPrograms, TpmMissing } from './program.ts';
import { monotonic } from '../../kube/monotonic.ts';

/** From spawn to the socket that QEMU connects to: 10 ms usual. */
const readyTimeout = 10_000;

/**
 * Starts the TPM emulator of a machine that is about to start, and waits until QEMU can connect. It is detached, as QEMU
 * is, and ends by itself when QEMU closes the connection, however that comes about. Throws TpmMissing.
 */
export async function startTpm(context: EngineContext, files: MachineFiles, persistent: boolean): Promise<void> {
  const programs = context.config.tpm ? context.config.tpm() : findTpmPrograms();
  if (!programs) throw new TpmMissing();
  await endTpm(files);
  const state = persistent ? files.tpmState : files.tpmOnce;
  await manufacture(programs, state, join(context.paths.root, 'tpm-authority'));
  const log = openSync(files.tpmLog, 'a', 0o600);
  const child = spawn(
    programs.swtpm,
    [
      'socket', '--tpm2',
      '--tpmstate', `dir=${state},mode=0600`,
      '--ctrl', `type=unixio,path=${files.tpm},mode=0600`,
      '--pid', `file=${files.tpmPid}`,
      '--terminate',
    ], // prettier-ignore
    { detached: true, stdio: ['ignore', log, log], cwd: files.folder, env: { PATH: process.env['PATH'], LANG: 'C' } },
  );
  closeSync(log);
  child.unref();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  child.once('error', (error) => failed.reject(error));
  child.once('exit', (code, name) => failed.reject(new Error(`it ended at once (${name ?? `code ${code}`})`)));
  try {
    await Promise.race([socketOf(files), failed.promise]);
  } catch (error) {
    if (child.pid !== undefined) signal(child.pid, 'SIGKILL');
    throw new Error(`The TPM emulator (swtpm) did not start: ${(error as Error).message}. ${tail(files.tpmLog)}`, {
      cause: error,
    });
  }
}

async function socketOf(files: MachineFiles): Promise<void> {
  const end = monotonic() + readyTimeout;
  // It appears within some milliseconds, without any event that tells.
  while (!existsSync(files.tpm) || tpmProcess(files) === undefined) {
    if (monotonic() > end) throw new Error('it made no socket in time');
    await delay(5);
  }
}

/** The process of a machine's TPM, where it lives and surely is that. */
export function tpmProcess(files: Pick<MachineFiles, 'tpm' | 'tpmPid'>): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(files.tpmPid, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!Number.isInteger(pid) || pid <= 1 || processFacts(pid)?.comm !== 'swtpm') return undefined;
  try {
    // A pid that was given to another process meanwhile does not speak of our socket.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`path=${files.tpm},`) ? pid : undefined;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Ends the emulator of a machine that does not run (any more), if it is still there, and removes its sockets. */
export async function endTpm(files: Pick<MachineFiles, 'tpm' | 'tpmPid'>): Promise<void> {
  const pid = tpmProcess(files);
  if (pid !== undefined) {
    // What the guest wrote is on disk at once; SIGTERM lets it remove its own files.
    signal(pid, 'SIGTERM');
    // Its pidfile goes before it does.
    for (let looks = 0; processFacts(pid)?.comm === 'swtpm' && looks < 50; looks += 1) {
      if (looks === 30) signal(pid, 'SIGKILL');
      await delay(20);
    }
  }
  for (const path of [files.tpm, files.tpmPid]) rmSync(path, { force: true });
}

/** Ends emulators whose QEMU never came: the engine was killed between the two. `used`: stems of machines that are there. */
export async function endStrayTpms(run: string, used: ReadonlySet<string>): Promise<void> {
  const stems = readdirSync(run)
    .filter((name) => name.endsWith('.tpp'))
    .map((name) => join(run, name.slice(0, -'.tpp'.length)));
  for (const stem of stems) if (!used.has(stem)) await endTpm({ tpm: `${stem}.tpm`, tpmPid: `${stem}.tpp` });
}

const tail = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-2).join(' ');
  } catch {
    return '';
  }
};
