import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApp } from '../../../support/boxes/app.ts';
import { fakeAgent } from '../../../support/boxes/fake-agent.ts';
import type { FakeAgent } from '../../../support/boxes/fake-agent.ts';

const root = join(import.meta.dirname, '../../../..');
let folder: string;
let agent: FakeAgent;
let hearth: ChildProcess;
let address: string;
let ready: { ready: boolean; box: string; url?: string };
let errors = '';

/** A command of `hearth`; its exit code and what it printed. */
const run = (...args: string[]): Promise<{ code: number | null; out: string; err: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'main/cli.ts'), ...args]);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('close', (code) => resolve({ code, out, err }));
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-box-'));
  agent = await fakeAgent(join(folder, 'agent.sock'));
  const options = ['--box-dir', join(folder, 'box'), '--agent', agent.path, '--data-dir', join(folder, 'app')];
  const listen = ['--port', '0', '--host', '127.0.0.1', '--no-announce'];
  hearth = spawn(process.execPath, [join(root, 'main/cli.ts'), 'serve', '--box', ...options, ...listen], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
  });
  hearth.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-20_000)));
  const line = await new Promise<string>((resolve, reject) => {
    if (hearth.stdout) createInterface({ input: hearth.stdout }).once('line', resolve);
    hearth.once('close', (code) => reject(new Error(`ended with ${code}:\n${errors}`)));
  });
  ready = JSON.parse(line) as typeof ready;
  address = new URL(ready.box).host;
});
afterAll(async () => {
  const ended = new Promise((resolve) => hearth.once('close', resolve));
  hearth.kill('SIGTERM');
  if ((await ended) !== 0) throw new Error(`the box did not end well:\n${errors}`);
  await agent.close();
  await rm(folder, { recursive: true, force: true });
});

test('it says where it is, and gives no address that signs in', () => {
  expect(ready).toMatchObject({ ready: true, box: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/$/) as string });
  expect(ready.url).toBeUndefined();
});
test('`hearth box code` at its console gives the code by which the real app pairs and sees its state', async () => {
  const asked = await run('box', 'code', '--json', '--box-dir', join(folder, 'box'));
  const { digits } = JSON.parse(asked.out) as { digits: string };
  expect(digits).toMatch(/^\d{8}$/);
  const app = await openApp();
  try {
    const looked = await app.handlers.lookAt({ address }, app.context);
    expect(looked).toMatchObject({ hello: { boxId: agent.state.boxId, pairing: { code: true, paired: false } } });
    const pin = looked.fingerprint ? { fingerprint: looked.fingerprint } : {};
    const { id } = await app.handlers.pair({ address, code: digits, ...pin }, app.context);
    expect(id).toBe(agent.state.boxId);
    const row = await app.row(id, ({ state }) => state === 'online');
    expect(row).toMatchObject({ name: 'hearth', last: { stage: 'setup', setup: { finished: false } } });
    await app.handlers.act({ id, action: { do: 'account', name: 'anna', password: 'correct horse battery' } }, app.context); // prettier-ignore
    // The Quick lab of this very box is asked, and is empty; it starts after the doors are open.
    await expect.poll(async () => (await app.handlers.resetPreview({ id }, app.context)).unknown, { timeout: 60_000 }).toBeUndefined(); // prettier-ignore
    const preview = await app.handlers.resetPreview({ id }, app.context);
    expect(preview).toMatchObject({ machines: [], apps: [expect.stringContaining('Hearth'), 'the account anna'] });
    expect(await app.handlers.health({ id }, app.context)).toMatchObject({ cpus: 2 });
    await app.handlers.act({ id, action: { do: 'skip-appliance' } }, app.context);
    await app.handlers.act({ id, action: { do: 'finish-setup' } }, app.context);
    await app.row(id, ({ last }) => last?.stage === 'ready');
    await app.handlers.act({ id, action: { do: 'reboot', anyway: false } }, app.context);
    await app.row(id, ({ last }) => last?.busy === undefined && agent.last('reboot') !== undefined);
    const forgot = await run('box', 'forget-account', '--box-dir', join(folder, 'box'));
    expect(forgot).toMatchObject({ code: 0, out: expect.stringContaining('anna') as string });
    const refused = await run('box', 'new-identity', '--box-dir', join(folder, 'box'));
    expect(refused.code).toBe(2);
    const made = await run('box', 'new-identity', '--yes', '--box-dir', join(folder, 'box'));
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining('new key') as string });
  } finally {
    await app.close();
  }
});

test('the box commands say that this computer is no box', async () => {
  const { code, err } = await run('box', 'code', '--box-dir', join(folder, 'nothing'));
  expect([code, err.includes('not a box')]).toEqual([1, true]);
  expect((await run('serve', '--agent', 'x')).code).toBe(2);
});
