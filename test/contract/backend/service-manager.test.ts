import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeServiceManager } from '../../../main/backend/service-manager.ts';
import type { ServiceManager } from '../../../main/backend/service-manager.ts';
import type { Log } from '../../../main/backend/log.ts';
import { canNotify, notifySocket } from '../../support/boxes/notify-socket.ts';

const said: string[] = [];
const log: Log = { debug: () => undefined, info: (_fields, text) => void said.push(text), warn: () => undefined, error: (_fields, text) => void said.push(text), child: () => log }; // prettier-ignore
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!canNotify)('what systemd is told', () => {
  let folder: string;
  let socket: Awaited<ReturnType<typeof notifySocket>>;
  let manager: ServiceManager | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hearth-notify-'));
    socket = await notifySocket(folder);
    said.length = 0;
  });
  afterEach(async () => {
    manager?.close();
    await socket.close();
    await rm(folder, { recursive: true });
  });
  const take = (env: NodeJS.ProcessEnv): ServiceManager => (manager = takeServiceManager(env));

  it('is that the doors are open, then signs of life four times as often as they are needed', async () => {
    const env = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '800000', WATCHDOG_PID: '1', HOME: '/' };
    const taken = take(env);
    // What is started from here is not the service.
    expect(env).toEqual({ HOME: '/' });
    expect(socket.came).toEqual([]);
    await taken.begin({ alive: async () => undefined, log });
    await wait(1500);
    taken.close();
    // One may be on its way.
    await wait(500);
    const count = socket.count('WATCHDOG=1');
    expect(socket.came[0]?.text).toBe('READY=1');
    expect(socket.count('READY=1')).toBe(1);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(8);
    await wait(500);
    expect(socket.count('WATCHDOG=1')).toBe(count);
    expect(said).toEqual([]);
  });

  it.each([
    ['fail', () => Promise.reject(new Error('status 500'))],
    ['never answer', () => new Promise<void>(() => undefined)],
  ])('is nothing while the doors %s, and goes on when they are back', async (_how, broken) => {
    let alive: () => Promise<void> = broken;
    await take({ NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '400000' }).begin({ alive: () => alive(), log });
    await wait(1000);
    expect(socket.came.map(({ text }) => text)).toEqual(['READY=1']);
    expect(said).toEqual(['it does not answer; systemd starts it again unless it does soon']);
    alive = async () => undefined;
    await expect.poll(() => socket.count('WATCHDOG=1'), { timeout: 5000 }).toBeGreaterThan(0);
    await expect.poll(() => said.at(-1)).toBe('it answers again');
  });

  it('is nothing where nobody asked for it, or only that it is ready', async () => {
    await take({}).begin({ alive: () => Promise.reject(new Error('not asked')), log });
    await take({ NOTIFY_SOCKET: socket.path }).begin({ alive: () => Promise.reject(new Error('not asked')), log });
    await wait(300);
    expect(socket.came.map(({ text }) => text)).toEqual(['READY=1']);
    expect(said).toEqual([]);
  });

  it('does not hang the start when systemd does not listen', async () => {
    await take({ NOTIFY_SOCKET: join(folder, 'gone'), WATCHDOG_USEC: '800000' }).begin({ alive: async () => undefined, log }); // prettier-ignore
    expect(said.at(-1)).toBe('systemd could not be told that the service is ready');
  });
});
