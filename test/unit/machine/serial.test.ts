import { once } from 'node:events';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SerialConsole } from '../../../main/embedded/machine/console/serial.ts';
import type { Log } from '../../../main/embedded/kube/context.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log } as Log;
let folder: string;
let server: Server;
let guest: Socket;
let serial: SerialConsole;

const open = async (patience?: number): Promise<void> => {
  const path = join(folder, 's');
  server = createServer().listen(path);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  serial = new SerialConsole(path, join(folder, 'log'), log, patience);
  await serial.start();
  [guest] = await accepted;
  guest.on('error', () => undefined);
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hs-'));
});
afterEach(async () => {
  serial.close();
  guest.destroy();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the serial console', () => {
  it('carries bytes both ways and replays the past', async () => {
    await open();
    guest.write('before ');
    await expect.poll(() => serial.recent().toString()).toBe('before ');
    const viewer = serial.attach(4);
    expect(((await once(viewer, 'data')) as [Buffer])[0].toString()).toBe('ore ');
    guest.write('now');
    expect(((await once(viewer, 'data')) as [Buffer])[0].toString()).toBe('now');
    viewer.write('typed');
    expect(((await once(guest, 'data')) as [Buffer])[0].toString()).toBe('typed');
  });

  it('remembers what an earlier engine logged', async () => {
    await writeFile(join(folder, 'log'), 'x'.repeat(300 * 1024) + 'the end');
    await open();
    expect(serial.recent(7).toString()).toBe('the end');
    expect(serial.recent().length).toBe(256 * 1024);
  });

  it('holds the guest back while a viewer is slow, and lets the viewer go when it stays so', async () => {
    await open(300);
    const viewer = serial.attach();
    viewer.on('error', () => undefined);
    const total = 64 * 2 ** 20;
    const closed = once(viewer, 'close');
    guest.write(Buffer.alloc(total, 65));
    await expect.poll(() => serial.received).toBeGreaterThan(0);
    // Nobody reads: what is taken in stays a small part of what the guest has.
    expect(viewer.readableLength).toBeLessThan(2 * 2 ** 20);
    await closed;
    await expect.poll(() => serial.received, { timeout: 10_000 }).toBe(total);
  });

  it('gives a steady reader every byte', async () => {
    await open();
    const viewer = serial.attach();
    let read = 0;
    viewer.on('data', (data: Buffer) => (read += data.length));
    guest.write(Buffer.alloc(8 * 2 ** 20 - 1, 66));
    await expect.poll(() => read, { timeout: 10_000 }).toBe(8 * 2 ** 20 - 1);
  });

  it('ends its viewer with the machine, and empties a log that grew too large', async () => {
    await open();
    const file = join(folder, 'log');
    await writeFile(file, '');
    await truncate(file, 9 * 2 ** 20);
    const viewer = serial.attach();
    viewer.resume();
    guest.write(Buffer.alloc(8 * 2 ** 20 + 10, 67));
    await expect.poll(async () => (await stat(file)).size, { timeout: 10_000 }).toBe(0);
    guest.end();
    await once(viewer, 'end');
  });
});
