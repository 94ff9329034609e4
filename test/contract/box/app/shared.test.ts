import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, it } from 'vitest';
import { openBook } from '../../../../main/backend/boxes/book/book.ts';
import { openEnrolments } from '../../../../main/backend/boxes/book/enrolments.ts';
import { openIdentity } from '../../../../main/backend/boxes/book/identity.ts';
import { projectRoot } from '../../../../main/backend/paths.ts';
import type { FoundBox } from '../../../../main/contract/box/boxes.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { makeSignedImage } from '../../../support/boxes/signed-image.ts';
import { standIn } from '../../../support/boxes/stand-in.ts';
import { silent } from '../../../support/store.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
type App = Awaited<ReturnType<typeof openApp>>;
async function app(root?: string): Promise<App> {
  const made = await openApp(root === undefined ? {} : { root });
  ending.push(() => made.close(root !== undefined));
  return made;
}
async function box(...how: Parameters<typeof standIn>) {
  const made = await standIn(...how);
  ending.push(() => made.close());
  return made;
}
/** What is found, as a page has it now. */
async function found({ handlers }: App): Promise<FoundBox[]> {
  const over = new AbortController();
  for await (const update of handlers.find({}, { signal: over.signal })) {
    over.abort();
    if (update.type === 'snapshot') return update.items;
  }
  return [];
}
async function paired({ handlers }: App): Promise<string[]> {
  const over = new AbortController();
  for await (const update of handlers.watch({}, { signal: over.signal })) {
    over.abort();
    if (update.type === 'snapshot') return update.items.map(({ id }) => id);
  }
  return [];
}

it('a box that another process pairs and forgets comes and goes in the one that runs', async () => {
  const window = await app();
  const command = await app(window.root);
  const there = await box({ code: '12345678' });
  await command.handlers.pair({ address: there.address, code: '12345678' }, command.context);
  await expect.poll(() => paired(window), { timeout: 8000 }).toEqual([there.id]);
  await window.row(there.id, ({ state }) => state === 'online');
  await command.handlers.forget({ id: there.id }, command.context);
  await expect.poll(() => paired(window), { timeout: 8000 }).toEqual([]);
  expect(await readdir(join(window.root, 'boxes', 'last'))).toEqual([]);
});

it('the stick that a command writes is noticed: its box can be paired without typing', { timeout: 60_000 }, async () => {
  const window = await app();
  const folder = join(window.root, 'boxes');
  await makeSignedImage(join(folder, 'images'), { keys: join(folder, 'keys') });
  const there = await box({ secret: 'nobody’s yet' });
  await window.handlers.lookAt({ address: there.address }, window.context);
  expect(await found(window)).toMatchObject([{ address: there.address }]);
  expect((await found(window))[0]).not.toHaveProperty('enrolment');

  const hearth = ['main/cli.ts', 'usb', 'write', '--file', join(window.root, 's.img'), '--data-dir', window.root];
  await execa(process.execPath, hearth, { cwd: projectRoot, stdin: 'ignore' });
  await expect.poll(async () => (await found(window))[0]?.enrolment, { timeout: 8000 }).toBe(true);

  const text = await readFile(join(folder, 'enrolments.json'), 'utf8');
  there.secret = (JSON.parse(text) as { enrolments: { secret: string }[] }).enrolments[0]?.secret;
  expect(await window.handlers.pair({ address: there.address }, window.context)).toEqual({ id: there.id });
  expect((await found(window))[0]).not.toHaveProperty('enrolment');
}); // prettier-ignore

it('nothing is lost when several processes write at once, also when one of them is killed', { timeout: 120_000 }, async () => {
  const window = await app();
  const folder = join(window.root, 'boxes');
  const child = (name: string, count: number) =>
    execa(process.execPath, ['test/support/boxes/book-child.ts', folder, name, String(count)], { cwd: projectRoot, reject: false }); // prettier-ignore
  const each = 15;
  const children = ['a', 'b', 'c'].map((name) => child(name, each));
  // One without an end, killed at whatever it is at.
  const doomed = child('d', 1_000_000);
  await expect.poll(() => readFile(join(folder, 'boxes.json'), 'utf8').catch(() => ''), { timeout: 20_000 }).toContain('d-3'); // prettier-ignore
  doomed.kill('SIGKILL');
  const book = await openBook({ file: join(folder, 'boxes.json'), log: silent });
  const identity = await openIdentity(join(folder, 'identity.json'), silent);
  const secrets = await openEnrolments({ file: join(folder, 'enrolments.json'), identity, log: silent });
  ending.push(() => book.close(), () => secrets.close()); // prettier-ignore
  const mine = Array.from({ length: each }, async () => secrets.make({ days: 1 }));
  for (const result of await Promise.all(children)) expect([result.exitCode, result.stderr]).toEqual([0, '']);
  await Promise.all(mine);
  await expect.poll(() => ['a', 'b', 'c'].map((name) => book.entries.filter((entry) => entry.name.startsWith(`${name}-`)).length), { timeout: 8000 }).toEqual([each, each, each]); // prettier-ignore
  expect((await secrets.good()).filter(({ installId }) => installId === undefined)).toHaveLength(each);
  for (const name of ['a', 'b', 'c'])
    expect((await secrets.good()).filter(({ installId }) => installId?.startsWith(name))).toHaveLength(each);
  expect((await readdir(folder)).filter((name) => name.includes('corrupt'))).toEqual([]);
}); // prettier-ignore
