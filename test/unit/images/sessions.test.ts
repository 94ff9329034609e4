import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Log } from '../../../main/backend/log.ts';
import { openSessions, uploadLife } from '../../../main/backend/images/sessions.ts';

let folder: string;
const errors: string[] = [];
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (_fields, message) => errors.push(message), child: () => log }; // prettier-ignore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-sessions-'));
  errors.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const upload = { name: 'debian', fileName: 'd.img', size: 100, lastModified: 5 };

it('an upload is known again after a restart, with the bytes that are here', async () => {
  const { id } = await (await openSessions(folder, log)).add(upload);
  writeFileSync(join(folder, id), Buffer.alloc(40));
  const again = await openSessions(folder, log);
  expect(again.ofImage('debian')).toMatchObject({ ...upload, id });
  expect(await again.received(id)).toBe(40);
  await again.remove(id);
  expect(readdirSync(folder)).toEqual([]);
  expect(await again.received(id)).toBe(0);
});

it('an upload that nobody touched for a week is found, one with newer bytes is not', async () => {
  const sessions = await openSessions(folder, log);
  const [old, young] = [await sessions.add(upload), await sessions.add({ ...upload, name: 'fresh' })];
  const weekAgo = new Date(Date.now() - uploadLife - 60_000);
  for (const { id } of [old, young]) utimesSync(join(folder, `${id}.session`), weekAgo, weekAgo);
  writeFileSync(join(folder, young.id), 'bytes');
  expect((await sessions.expired()).map(({ name }) => name)).toEqual(['debian']);
});

it('a damaged session file is set aside and stops nothing', async () => {
  const sessions = await openSessions(folder, log);
  await sessions.add(upload);
  writeFileSync(join(folder, 'bad.session'), '{"id":');
  const again = await openSessions(folder, log);
  expect(again.all()).toHaveLength(1);
  expect(readdirSync(folder).filter((name) => name.startsWith('bad.session.corrupt-'))).toHaveLength(1);
  expect(errors).toHaveLength(1);
});
