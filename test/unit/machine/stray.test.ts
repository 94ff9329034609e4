import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeStrayFolders } from '../../../main/embedded/process/stray.ts';

const base = mkdtempSync(join(tmpdir(), 'hs-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const folder = (digit: string, old = true) => {
  const path = join(base, `hearth-0-${digit.repeat(12)}`);
  mkdirSync(path);
  const age = () => utimesSync(path, old ? 1000 : Date.now() / 1000, old ? 1000 : Date.now() / 1000);
  age();
  return { path, age };
};
/** A socket whose process was killed. */
const deadSocket = (path: string) => {
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', code]);
  if (!existsSync(path)) throw new Error('the socket is not there');
};

it('removes the run folders of killed engines, and no other', async () => {
  const [own, dead, fresh, alive, listening] = [folder('0'), folder('1'), folder('2', false), folder('3'), folder('4')];
  deadSocket(join(dead.path, 'engine.sock'));
  deadSocket(join(dead.path, 'abc.vnc'));
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(dead.path, 'abc.pid'), `${gone}\n`);
  writeFileSync(join(alive.path, 'abc.pid'), `${process.pid}\n`);
  const other = join(base, 'hearth-0-notmine');
  mkdirSync(other);
  const server = createServer().listen(join(listening.path, 'engine.sock'));
  await once(server, 'listening');
  for (const { age } of [own, dead, fresh, alive, listening]) age();
  expect(await removeStrayFolders(own.path)).toEqual([dead.path]);
  expect([own.path, fresh.path, alive.path, listening.path, other].map((path) => existsSync(path))).toEqual(Array(5).fill(true)); // prettier-ignore
  server.close();
});
