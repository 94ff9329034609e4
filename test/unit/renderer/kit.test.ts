import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { match } from '../../../renderer/lib/match.ts';
import { texts } from '../../../renderer/lib/text.ts';
import { fitting, moveTo, nextSort, select, sortRows } from '../../../renderer/ui/table-model.ts';
import type { Column } from '../../../renderer/ui/table-model.ts';

const root = join(import.meta.dirname, '../../..');
const column = (id: string, more: Partial<Column<number>> = {}): Column<number> => ({
  id,
  header: id,
  width: '1fr',
  cell: String,
  ...more,
});

describe('table', () => {
  const columns = [column('n', { compare: (a, b) => a - b }), column('x', { hideBelow: 'medium' })];
  it('sorts both ways and leaves the rows it was given alone', () => {
    const rows = [3, 1, 2];
    expect(sortRows(rows, columns, { id: 'n', descending: true })).toEqual([3, 2, 1]);
    expect(sortRows(rows, columns, nextSort({ id: 'n', descending: true }, 'n'))).toEqual([1, 2, 3]);
    expect(sortRows(rows, columns, { id: 'x', descending: false })).toBe(rows);
    expect(rows).toEqual([3, 1, 2]);
  });
  it('leaves out what does not fit', () => {
    expect(fitting(columns, 700).map((each) => each.id)).toEqual(['n']);
    expect(fitting(columns, 1000)).toHaveLength(2);
    expect(fitting(columns, 0)).toHaveLength(2);
  });
  it('moves by keys and stays inside', () => {
    expect(moveTo('ArrowDown', -1, 3, 10)).toBe(0);
    expect(moveTo('ArrowUp', 0, 3, 10)).toBe(0);
    expect(moveTo('PageDown', 1, 30, 10)).toBe(11);
    expect(moveTo('End', 0, 30, 10)).toBe(29);
    expect(moveTo('Home', 5, 0, 10)).toBeUndefined();
    expect(moveTo('x', 5, 30, 10)).toBeUndefined();
  });
  it('selects one, a range, and takes back', () => {
    const keys = ['a', 'b', 'c', 'd'];
    expect([...select(keys, new Set(), 1, undefined)]).toEqual(['b']);
    expect([...select(keys, new Set(['b']), 3, 1)].sort()).toEqual(['b', 'c', 'd']);
    expect([...select(keys, new Set(['b', 'c']), 2, undefined)]).toEqual(['b']);
    expect([...select(keys, new Set(['a']), 9, undefined)]).toEqual(['a']);
  });
});

describe('words', () => {
  it('fills values, chooses the plural, and leaves an unknown name visible', () => {
    const t = texts('kit', { hello: 'Hello {name}, {gone}', rows: { one: '{n} row', other: '{n} rows' } });
    expect(t('hello', { name: '{n}' })).toBe('Hello {n}, {gone}');
    expect([0, 1, 2].map((n) => t('rows', { n }))).toEqual(['0 rows', '1 row', '2 rows']);
  });
  it('are all used, and all there', async () => {
    const folder = join(root, 'assets/locales/en');
    const sources = await readdir(join(root, 'renderer'), { recursive: true });
    const code = (
      await Promise.all(
        sources.filter((name) => /\.tsx?$/.test(name)).map((name) => readFile(join(root, 'renderer', name), 'utf8')),
      )
    ).join('\n');
    const built = [...code.matchAll(/`([\w.]*)\$\{[^`]*`/g)].map(([, prefix = '']) => prefix).filter(Boolean);
    const unused: string[] = [];
    for (const area of [
      'shell', 'host', 'setup', 'home', 'activity', 'settings', 'install', 'appliance', 'targets',
    ] // prettier-ignore
      .map((name) => `${name}.json`)) {
      const words = JSON.parse(await readFile(join(folder, area), 'utf8')) as Record<string, unknown>;
      for (const key of Object.keys(words))
        if (
          !code.includes(`'${key}'`) &&
          !built.some((prefix) => key.startsWith(prefix)) &&
          !code.includes(` ${key}: `)
        )
          unused.push(`${area} ${key}`);
    }
    expect(unused).toEqual([]);
  });
});

describe('match', () => {
  it('wants every word, and likes beginnings', () => {
    expect(match('web-server', 'db')).toBe(0);
    expect(match('home lab web', 'web lab')).toBeGreaterThan(0);
    expect(match('web', 'web')).toBeGreaterThan(match('cobweb', 'web'));
    expect(match('anything', '')).toBeGreaterThan(0);
  });
});
