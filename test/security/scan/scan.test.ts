import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judge, readTriage } from './judge.ts';
import type { Finding } from './judge.ts';
import { locks, root } from './scanners.ts';

const found = (id: string, where = 'a.js'): Finding => ({ id, where, text: `${id} in ${where}` });
const accepted = (id: string, count = 1, where = 'a.js') => ({ id, where, count, reason: 'Because of this and that.' });

describe('what scanners find', () => {
  it('fails unless it was accepted, there and so often', () => {
    expect(judge([found('X')], [])).toEqual({ fresh: [found('X')], accepted: 0, stale: [] });
    expect(judge([found('X')], [accepted('X')])).toEqual({ fresh: [], accepted: 1, stale: [] });
    expect(judge([found('X'), found('X')], [accepted('X')])).toMatchObject({ fresh: [found('X')], accepted: 1 });
    expect(judge([found('X', 'b.js')], [accepted('X')])).toMatchObject({ fresh: [found('X', 'b.js')], accepted: 0 });
    expect(judge([found('Y')], [accepted('X')])).toMatchObject({ fresh: [found('Y')], stale: [accepted('X')] });
  });
  it('fails as well where it is accepted and no longer there', () => {
    expect(judge([], [accepted('X')])).toEqual({ fresh: [], accepted: 0, stale: [accepted('X')] });
    expect(judge([found('X')], [accepted('X', 2)])).toMatchObject({ fresh: [], accepted: 1, stale: [accepted('X', 2)] });
  }); // prettier-ignore
  it.each([
    [[{ id: 'X', where: 'a.js', count: 1 }], 'no reason'],
    [[{ ...accepted('X'), reason: 'false positive' }], 'no reason'],
    [[{ ...accepted('X'), count: 0 }], 'no number'],
    [[{ ...accepted('X'), count: 1.5 }], 'no number'],
    [[accepted('X'), accepted('X')], 'twice'],
    [[{ id: 'X', count: 1, reason: 'Because of this and that.' }], 'no id or place'],
  ])('is not accepted by a row that says too little (%#)', (rows, why) => {
    expect(() => readTriage(JSON.stringify(rows))).toThrow(why);
  });
});

describe('files of triage', () => {
  const folder = join(import.meta.dirname, 'triage');
  it.each(readdirSync(folder))('%s can be read: each row has its reason', (name) => {
    expect(readTriage(readFileSync(join(folder, name), 'utf8'))).toBeInstanceOf(Array);
  });
  it('each is of a scanner, and each scanner has one', () => {
    const run = readFileSync(join(import.meta.dirname, 'run.ts'), 'utf8');
    const [, table = ''] = /const scanners[^{]*\{([^]*?)\n\};/.exec(run) ?? [];
    const names = [...table.matchAll(/^ {2}'?([a-z-]+)'?[:,]/gm)].map(([, name]) => `${name}.json`);
    expect(readdirSync(folder).toSorted()).toEqual(names.toSorted());
  });
});

it('every lock of the project is looked at', () => {
  const all = readdirSync(root, { withFileTypes: true, recursive: false })
    .filter((entry) => entry.isDirectory() && !['node_modules', 'out', 'dist', '.git'].includes(entry.name))
    .flatMap(({ name }) =>
      readdirSync(join(root, name), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('package-lock.json') && !path.includes('node_modules'))
        .map((path) => join(name, path, '..')),
    );
  expect(['.', ...all].toSorted()).toEqual([...locks].toSorted());
});
