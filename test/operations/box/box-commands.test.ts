import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, it } from 'vitest';
import { projectRoot } from '../../../main/backend/paths.ts';
import { standIn } from '../../support/boxes/stand-in.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

it('hearth box: looks, pairs, tells, acts and forgets without a running Hearth', { timeout: 120_000 }, async () => {
  const root = await mkdtemp(join(tmpdir(), 'hearth-box-cli-'));
  ending.push(() => rm(root, { recursive: true, force: true }));
  const there = await standIn({ code: '12345678', name: 'attic' });
  ending.push(() => there.close());
  const actions: unknown[] = [];
  there.instead.set('POST /box/act', (_request, response, body) => {
    actions.push(JSON.parse(body.toString()));
    response.end('{}');
  });
  there.instead.set('GET /box/logs.tar.gz', (_request, response) => response.end('a bundle'));
  const hearth = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [join(projectRoot, 'main', 'cli.ts'), 'box', ...args, '--data-dir', root], { reject: false, timeout: 60_000, env: { XDG_RUNTIME_DIR: root } }); // prettier-ignore
    return { exitCode, stdout, stderr };
  };
  const json = async (...args: string[]): Promise<unknown> => {
    const { exitCode, stdout, stderr } = await hearth(...args, '--json');
    expect([exitCode, stderr.split('\n').filter((line) => line.startsWith('hearth'))]).toEqual([0, []]);
    return JSON.parse(stdout);
  };
  expect(await hearth('list')).toMatchObject({ exitCode: 0, stdout: 'No box is paired.' });
  expect(await json('look', there.address)).toMatchObject({ fingerprint: there.keys.fingerprint, hello: { name: 'attic' } });
  const wrong = await hearth('pair', there.address, '--code', '1234-5679');
  expect(wrong).toMatchObject({ exitCode: 1 });
  expect(wrong.stderr).toContain('This is not the code of this box');
  expect((await hearth('pair', there.address, '--code', '12')).exitCode).toBe(2);
  expect(await json('pair', there.address, '--code', '12345678', '--fingerprint', there.keys.fingerprint)).toMatchObject({ id: there.id, name: 'attic' });
  expect(await json('list')).toMatchObject([{ id: there.id, state: 'online' }]);
  expect(await json('state', 'attic')).toMatchObject({ row: { state: 'online' }, state: { boxId: there.id } });
  expect((await hearth('state', there.id.slice(0, 8))).stdout).toContain('Waits for its setup');
  expect(await json('reboot', 'attic', '--anyway')).toEqual({});
  expect(await json('act', 'attic', '{"do":"finish-setup"}')).toEqual({});
  expect(actions).toEqual([{ do: 'reboot', anyway: true }, { do: 'finish-setup' }]);
  expect((await hearth('act', 'attic', '{"do":"explode"}')).exitCode).toBe(2);
  await json('logs', 'attic', '--save', join(root, 'mine.tar.gz'));
  expect(await readFile(join(root, 'mine.tar.gz'), 'utf8')).toBe('a bundle');
  expect((await hearth('state', 'cellar')).stderr).toContain('There is: attic');
  expect(await json('forget', 'attic')).toEqual({ id: there.id });
  expect(await json('list')).toEqual([]);
}); // prettier-ignore
