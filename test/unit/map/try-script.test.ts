import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTried, tryScript } from '../../../main/backend/map/try-script.ts';

const run = promisify(execFile);
let server: Server;
let port = 0;
let closed = 0;
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-line-'));
  server = createServer((socket) => {
    socket.on('error', () => undefined); // whoever tries leaves at once
    socket.end('hello\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  closed = (other.address() as AddressInfo).port;
  await new Promise((resolve) => other.close(resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const where = async (name: string): Promise<string> => (await run('/bin/sh', ['-c', `command -v ${name} || true`])).stdout.trim(); // prettier-ignore
/** A shell that has these programs alone. */
async function tried(programs: readonly string[], to: number, address = '127.0.0.1') {
  const path = mkdtempSync(join(folder, 'bin-'));
  for (const name of programs) symlinkSync(await where(name), join(path, name));
  const { stdout } = await run('/bin/sh', ['-c', tryScript(address, to)], { env: { PATH: path } });
  return readTried(stdout);
}

describe('a try from inside', () => {
  it('by bash: open, refused', async () => {
    expect((await tried(['bash', 'timeout'], port)).tcp).toBe('open');
    expect((await tried(['bash', 'timeout'], closed)).tcp).toBe('refused');
  });
  it('by whatever else is there', async () => {
    const has = (await Promise.all(['curl', 'wget'].map(async (name) => ((await where(name)) ? [name] : [])))).flat();
    for (const name of has) {
      expect([name, (await tried([name, 'grep'], port)).tcp]).toEqual([name, 'open']);
      expect([name, (await tried([name, 'grep'], closed)).tcp]).toEqual([name, 'refused']);
    }
    expect(await tried([], port)).toEqual({ ping: 'none', tcp: 'none' });
  });
  it('by a nc and a ping as busybox has them', async () => {
    const path = mkdtempSync(join(folder, 'bin-'));
    const put = (name: string, text: string): void => {
      writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(path, name), 0o755);
    };
    put('grep', `exec ${await where('grep')} "$@"`);
    put('ping', 'echo "ping: bad address \'nobody\'" >&2; exit 1');
    put('nc', 'case "$*" in *" 22") exit 0;; *) echo "nc: can\'t connect to remote host (10.0.2.3): Connection refused" >&2; exit 1;; esac'); // prettier-ignore
    const ask = async (to: number) => readTried((await run('/bin/sh', ['-c', tryScript('nobody', to)], { env: { PATH: path } })).stdout); // prettier-ignore
    expect(await ask(22)).toEqual({ ping: 'unknown-name', tcp: 'open' });
    expect(await ask(23)).toEqual({ ping: 'unknown-name', tcp: 'refused' });
    put('nc', 'echo "nc: timed out" >&2; exit 1');
    put('ping', 'exit 1');
    expect(await ask(23)).toEqual({ ping: 'lost', tcp: 'silent' });
    put('ping', 'exit 0');
    expect((await ask(23)).ping).toBe('ok');
  });
  it('by the real busybox: open, refused, and one that takes connections and says nothing', async () => {
    const busybox = await where('busybox');
    if (busybox === '') return expect(busybox).toBe('');
    const path = mkdtempSync(join(folder, 'bin-'));
    for (const name of ['sh', 'nc', 'grep', 'sleep']) symlinkSync(busybox, join(path, name));
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const ask = async (to: number) => readTried((await run(join(path, 'sh'), ['-c', tryScript('127.0.0.1', to)], { env: { PATH: path } })).stdout).tcp; // prettier-ignore
    expect(await Promise.all([port, closed, (silent.address() as AddressInfo).port].map(ask))).toEqual(['open', 'refused', 'open']); // prettier-ignore
    await new Promise((resolve) => silent.close(resolve));
  }, 20_000);
  it('reads nothing into what says nothing', () => {
    expect(readTried('sh: syntax error')).toEqual({ ping: 'none', tcp: 'none' });
    expect(readTried('ping=ok\r\ntcp=open\r\n')).toEqual({ ping: 'ok', tcp: 'open' });
  });
});
