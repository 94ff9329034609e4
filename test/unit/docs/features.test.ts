import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read, root } from '../../support/docs.ts';

const page = read('docs/features.md');
const states = ['works here', 'works, cluster half on a stand-in', 'stand-in only', 'partly', 'missing'];

interface Row {
  number: number;
  state: string;
  /** What it lacks, in words. */
  lack: string;
  files: string[];
}
/** `- **7** Words. **state**, missing: words. Shown by `test/…`.`, over several lines. */
function rowOf(text: string): Row {
  const found = /^\*\*(\d+)\*\* .+?\. \*\*([^*]+)\*\*(?:, (.+?))?\.(?: Shown by (.+)\.)?$/.exec(text);
  if (!found) throw new Error(`no row: ${text}`);
  const [, number, state = '', lack = '', shown = ''] = found;
  return { number: Number(number), state, lack, files: [...shown.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path) };
}
/** The areas with their rows, in the order of the page. */
const areas = page
  .split(/^## /m)
  .slice(1)
  .map((part) => {
    const items = part.split(/^- (?=\*\*\d+\*\* )/m).slice(1);
    return { area: part.slice(0, part.indexOf('\n')), rows: items.map((item) => rowOf(item.replaceAll(/\s+/g, ' ').trim())) };
  }); // prettier-ignore
const rows = areas.flatMap((area) => area.rows);

/** A table of the page, found by the first word of its head: its rows as cells. */
const table = (head: string): string[][] => {
  const lines = page.split('\n');
  const from = lines.findIndex((line) => new RegExp(`^\\| ${head} +\\|`).test(line));
  const to = lines.findIndex((line, at) => at > from && !line.startsWith('|'));
  return lines.slice(from, to).filter((_line, at) => at !== 1).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
};

describe('what works (docs/features.md)', () => {
  it('has all 96 numbers, in order, each once', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 96 }, (_, at) => at + 1));
  });
  it('knows five states, and says what they mean', () => {
    expect(rows.filter(({ state }) => !states.includes(state))).toEqual([]);
    expect(table('state').slice(1).map(([state]) => state)).toEqual(states); // prettier-ignore
  });
  it('counts what its rows say', () => {
    const count = (area: string, of: Row[]): string[] => [area, String(of.length), ...states.map((state) => String(of.filter((row) => row.state === state).length))]; // prettier-ignore
    const [head = [], ...counted] = table('area');
    expect(head).toEqual(['area', 'rows', ...states]);
    expect(counted).toEqual([...areas.map((area) => count(area.area, area.rows)), count('**all**', rows)]);
    const unproven = rows.filter(({ state, lack }) => state === 'partly' && !/\bmissing: /.test(lack));
    expect(/_partly_ there, (\d+) lack nothing but a test/.exec(page)?.[1]).toBe(String(unproven.length));
  });
  it.each(rows)('row $number says what it lacks, and who shows the rest', ({ state, lack, files }) => {
    if (state === 'partly') expect(lack).toMatch(/^(missing|not shown): .{5}/);
    else expect(lack).toBe('');
    expect(files.length > 0).toBe(state !== 'missing');
    expect(new Set(files).size).toBe(files.length);
    const wrong = files.filter((path) => !/^test\/(.+\.test|bench\/cases\/.+)\.ts$/.test(path) || !existsSync(join(root, path)) || !statSync(join(root, path)).isFile()); // prettier-ignore
    expect(wrong).toEqual([]);
    // A benchmark measures; that it works at all is a test's to say.
    expect(files.length === 0 || files.some((path) => path.endsWith('.test.ts'))).toBe(true);
  });
});
