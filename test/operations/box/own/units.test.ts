import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeAgent } from '../../../support/boxes/fake-agent.ts';
import { canNotify, notifySocket } from '../../../support/boxes/notify-socket.ts';
import { noRoom } from '../../../support/root-helper/room.ts';

const root = join(import.meta.dirname, '../../../..');
const units = join(root, 'assets/box/tree/etc/systemd/system');
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A unit's settings; the last one of a name. */
async function unit(name: string): Promise<Record<string, string>> {
  const lines = (await readFile(join(units, name), 'utf8')).split('\n').filter((line) => /^[A-Z]\w*=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
/** Its command line, with what was built here in the place of what is on a box. */
async function command(name: string): Promise<string[]> {
  const words = (await unit(name))['ExecStart']?.split(' ') ?? [];
  expect(words[0]).toBe('/usr/lib/hearth/bin/node');
  const argv = words.map((word) => word.replace('/usr/lib/hearth/bin/node', process.execPath).replace('/usr/lib/hearth', root)); // prettier-ignore
  expect(existsSync(argv.find((word) => word.endsWith('.js')) ?? ''), 'npm run build').toBe(true);
  return argv;
}

describe('the services of a box', () => {
  test.each(['hearth.service', 'hearth-agent.service'])('%s: systemd waits for it, watches it, and starts it for ever', async (name) => {
    const is = await unit(name);
    expect(is).toMatchObject({ Type: 'notify', NotifyAccess: 'all', Restart: 'always', StartLimitIntervalSec: '0', LimitCORE: '0', WatchdogSignal: 'SIGKILL' });
    // A first start takes minutes where the computer is slow; ten of them are the trial of a new version.
    expect(is['TimeoutStartSec']).toBe('15min');
    expect(is['WatchdogSec']).toBe('3min');
  }); // prettier-ignore
});

describe.skipIf(!canNotify)('under the notify socket of systemd', () => {
  let folder: string;
  let socket: Awaited<ReturnType<typeof notifySocket>>;
  let child: ChildProcess | undefined;
  let errors = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hearth-unit-'));
    socket = await notifySocket(folder);
    errors = '';
  });
  afterEach(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child?.once('close', resolve));
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await ended;
    }
    await socket.close();
    await rm(folder, { recursive: true, force: true });
  });
  function start(argv: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const [program = '', ...rest] = argv;
    const given = { ...process.env, ...env, NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '4000000' };
    child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'], env: given, detached: true });
    child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-20_000)));
  }
  const ready = (): Promise<void> =>
    expect.poll(() => [socket.count('READY=1'), child?.exitCode ?? errors], { timeout: 120_000, interval: 50 }).toEqual([1, expect.any(String)]); // prettier-ignore
  /** Signs of life come; none while it is stopped as a hang stops it; again when it goes on. */
  async function lives(pid: number): Promise<void> {
    await expect.poll(() => socket.count('WATCHDOG=1'), { timeout: 15_000 }).toBeGreaterThan(1);
    process.kill(pid, 'SIGSTOP');
    await wait(1200);
    const before = socket.came.length;
    await wait(3000);
    expect(socket.came.length).toBe(before);
    process.kill(pid, 'SIGCONT');
    await expect.poll(() => socket.came.length, { timeout: 15_000 }).toBeGreaterThan(before);
  }

  test('hearth.service is ready when its doors are open, and alive while they answer', async () => {
    const agent = await fakeAgent(join(folder, 'agent.sock'));
    try {
      const argv = await command('hearth.service');
      expect(argv.slice(-2)).toEqual(['serve', '--box']);
      const box = join(folder, 'box');
      start([...argv, '--box-dir', box, '--agent', agent.path, '--data-dir', join(folder, 'app'), '--port', '0', '--host', '127.0.0.1', '--no-announce'], { XDG_RUNTIME_DIR: folder }); // prettier-ignore
      await ready();
      // Its key is there, and its screen is told the port of its door.
      expect(existsSync(join(box, 'identity.key'))).toBe(true);
      await expect.poll(() => agent.last('show')?.port).toBeGreaterThan(0);
      await lives(child?.pid ?? 0);
      // Nothing that it started speaks for it.
      expect(new Set(socket.came.map(({ text }) => text))).toEqual(new Set(['READY=1', 'WATCHDOG=1']));
    } finally {
      await agent.close();
    }
  }, 200_000);

  test.skipIf(noRoom !== undefined || process.getuid?.() !== 0)('hearth-agent.service is ready when its socket is open, and alive while that answers', async () => {
    // A box's own places over those of this computer, for this process alone; its programs do nothing here.
    const bin = join(folder, 'bin');
    for (const path of [bin, join(folder, 'upper'), join(folder, 'work')]) await mkdir(path);
    for (const name of ['dmesg', 'systemctl', 'nmcli', 'iw', 'setupcon', 'hostname', 'update-ca-certificates', 'journalctl']) {
      await writeFile(join(bin, name), '#!/bin/sh\nexit 0\n');
      await chmod(join(bin, name), 0o755);
    }
    await writeFile(join(folder, 'cmdline'), 'boot=hearth hearth.medium=4A3B-11F0 hearth.slot=a quiet\n');
    const around = [
      'mount --make-rprivate /',
      'mount -t tmpfs x /run && mkdir -p /run/hearth/medium/hearth',
      'mount -t tmpfs x /var/lib && mkdir -p /var/lib/hearth',
      `mount -t overlay -o lowerdir=/etc,upperdir=${folder}/upper,workdir=${folder}/work x /etc`,
      `mount --bind ${folder}/cmdline /proc/cmdline`,
      'for tty in /dev/tty1; do [ ! -e $tty ] || mount --bind /dev/null $tty; done',
      `echo $$ >${folder}/pid`,
      'exec "$@"',
    ].join('\n');
    start(['unshare', '--mount', '--uts', '--net', 'sh', '-euc', around, 'sh', ...(await command('hearth-agent.service'))], { PATH: `${bin}:${process.env['PATH'] ?? ''}` });
    await ready();
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    expect(await readFile(`/proc/${pid}/root/run/hearth/agent.sock`).catch((error: NodeJS.ErrnoException) => error.code)).toBe('ENXIO');
    await lives(pid);
    // A socket that is gone is a door that does not answer.
    await rm(`/proc/${pid}/root/run/hearth/agent.sock`);
    await wait(1500);
    const before = socket.came.length;
    await wait(3000);
    expect(socket.came.length).toBe(before);
    expect(errors).toContain('it does not answer');
  }, 200_000); // prettier-ignore
});
