import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeFolder } from '../../../main/backend/sets/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-set-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const count = 400;
/** The set of one state of a target: the same files in each, with other values. */
const files = (value: string) =>
  Array.from({ length: count }, (_, at) => ({
    path: `configmaps/default/m${at}.yaml`,
    text: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m${at}\ndata:\n  a: ${value}\n`,
  }));
const gathered = (value: string) => ({
  files: files(value),
  left: [],
  objects: [],
  read: new Set(['configmaps']),
  namespaces: [],
});
const writer = `
  import { writeFolder } from ${JSON.stringify(join(import.meta.dirname, '../../../main/backend/sets/write.ts'))};
  const files = ${files.toString()};
  const count = ${count};
  await writeFolder(process.argv[1], { files: files(process.argv[2]), left: [], objects: [], read: new Set(['configmaps']), namespaces: [] }, false);
`;
const manifests = (dir: string): string[] =>
  readdirSync(join(dir, 'configmaps/default')).filter((name) => name.endsWith('.yaml'));

test('an export that is killed leaves whole files, and the next one goes on with all of them as its own', async () => {
  const dir = join(folder, 'set');
  await writeFolder(dir, gathered('v0'), false);
  let cut = 0;
  for (let round = 1; round <= 6; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', writer, dir, `v${round}`], { stdio: ['ignore', 'ignore', 'inherit'] }); // prettier-ignore
    const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
    // In the middle: some files have the new value, others not yet.
    const deadline = Date.now() + 30_000;
    const news = (): number => manifests(dir).filter((name) => readFileSync(join(dir, 'configmaps/default', name), 'utf8').includes(`a: v${round}\n`)).length; // prettier-ignore
    while (news() < 5 * round && Date.now() < deadline) await wait(1);
    child.kill('SIGKILL');
    await over;
    const now = news();
    if (now > 0 && now < count) cut += 1;
    for (const name of manifests(dir)) {
      const value = parse(readFileSync(join(dir, 'configmaps/default', name), 'utf8')) as { data: { a: string } };
      expect(value.data.a).toMatch(/^v\d$/);
    }
  }
  expect(cut).toBeGreaterThan(2);
  const told = await writeFolder(dir, gathered('last'), false);
  expect(told).toMatchObject({ foreign: [], written: { length: count } });
  const left = readdirSync(join(dir, 'configmaps/default'));
  expect(left).toHaveLength(count);
  expect(left.every((name) => name.endsWith('.yaml'))).toBe(true);
  // And of what is gone nothing stays, though the list was written by halves.
  const fewer = { ...gathered('last'), files: files('last').slice(0, 3) };
  expect((await writeFolder(dir, fewer, false)).removed).toHaveLength(count - 3);
  expect(manifests(dir)).toHaveLength(3);
}, 120_000);
