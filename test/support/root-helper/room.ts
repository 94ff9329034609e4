import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const here = import.meta.dirname;
const namespaces = ['--mount', '--pid', '--fork', '--net', '--uts', '--ipc', '--kill-child=KILL'];
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? [] : ['--user', '--map-root-user'];

/** Why no room can be made on this computer; undefined when it can. */
export const noRoom: string | undefined = (() => {
  if (process.platform !== 'linux') return 'needs Linux namespaces';
  const tried = spawnSync(
    'unshare',
    [...asRoot, ...namespaces, 'sh', '-c', 'mount -t tmpfs x /mnt && mount -t proc x /mnt'],
    {
      timeout: 20_000,
      encoding: 'utf8',
    },
  );
  return tried.status === 0 ? undefined : `this user may not make namespaces: ${tried.stderr || tried.error?.message}`;
})();
/** As an ordinary user only one user exists in the room, so nothing can be given to another. */
export const otherUsers = isRoot;

export interface Ran {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/** A small system of its own in which root-helper.sh runs for real. `shared` is a folder both sides see (/lab/shared). */
export interface Room {
  readonly shared: string;
  /** What goes in front of a program that is to run in the room. */
  readonly enter: readonly string[];
  run(
    argv: readonly string[],
    options?: { stdin?: string; killAfterMs?: number; env?: Record<string, string> },
  ): Promise<Ran>;
  /** A shell command in the room, for tests; throws when it fails. */
  sh(script: string): Promise<string>;
  /** Everything as new. */
  furnish(): Promise<void>;
  close(): Promise<void>;
}

export async function openRoom(): Promise<Room> {
  const shared = mkdtempSync(join(tmpdir(), 'hearth-helper-'));
  const holder = spawn(
    'unshare',
    [...asRoot, ...namespaces, 'sh', join(here, 'room.sh'), 'enter', join(here, 'stand-ins'), shared],
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  const pid = await firstLine(holder);
  // Into the namespaces, and to the room as root of the file system.
  const enter = [
    '-t',
    pid,
    ...(isRoot ? [] : ['-U', '--preserve-credentials']),
    '-m',
    '-p',
    '-n',
    '-u',
    '-i',
    '-r',
    '-w',
  ];
  const room: Room = {
    shared,
    enter: ['nsenter', ...enter, '--'],
    run: async (argv, options = {}) => {
      const child = spawn('nsenter', [...enter, '--', '/lab/inside', ...argv], {
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...options.env },
      });
      return collect(child, options.stdin ?? '', options.killAfterMs);
    },
    sh: async (script) => {
      const { code, stdout, stderr } = await room.run(['/bin/sh', '-euc', script]);
      if (code !== 0) throw new Error(`in the room: ${script}\nexit ${code}: ${stderr}`);
      return stdout.toString('utf8');
    },
    furnish: async () => {
      await room.sh('sh /lab/room.sh furnish');
    },
    close: async () => {
      holder.kill('SIGKILL');
      if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit');
      rmSync(shared, { recursive: true, force: true });
    },
  };
  return room;
}

async function firstLine(holder: ChildProcess): Promise<string> {
  let errors = '';
  holder.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
  for await (const line of createInterface({ input: holder.stdout! })) {
    if (line.startsWith('ready ')) return line.slice(6);
  }
  throw new Error(`the room could not be made: ${errors}`);
}

async function collect(child: ChildProcess, stdin: string, killAfterMs: number | undefined): Promise<Ran> {
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout!.on('data', (data: Buffer) => out.push(data));
  child.stderr!.on('data', (data: Buffer) => errors.push(data));
  child.stdin!.on('error', () => undefined); // it may end before it has read everything
  child.stdin!.end(stdin);
  // Whatever happens, nothing of a test stays behind.
  const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), killAfterMs ?? 100_000);
  child.once('exit', () => clearTimeout(timer));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(out), stderr: Buffer.concat(errors).toString('utf8') };
}
