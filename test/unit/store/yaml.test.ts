import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readYaml, writeYaml } from '../../../main/embedded/store/yaml.ts';

const nasty = [
  '', ' ', 'true', 'True', 'no', 'null', '~', '1', '-1', '1.5', '1e3', '0x10', '.5', '2026-01-01', 'a: b', 'a #b', '#a', '- a', '-', '-a',
  '{}', '[]', '{a', '&a', '*a', '!a', '|', '>', '%a', '@a', '`a', '"a"', "'a'", 'a\\b', 'a\nb', 'a\nb\n', 'a\n\nb', 'a\nb\n\n', '\na', ' a\nb',
  'a\n b', 'a\n\tb', 'a\tb', 'a\r\nb', 'a \nb', 'a\n ', 'a\n \nb', '\u0000', '\u2028', '\ud800', '😀', 'ünïcode', 'a\n😀', 'key:', '"a": b', '"a\\": b"', '-\n- a',
  '#cloud-config\nusers:\n  - name: a\n    sudo: "ALL"\n\nruncmd:\n  - [ls]\n', 'a '.repeat(5), '---', '...', '? a', 'a:', ':a', '=', '<<', '0', '007', '1_000', '12:30',
]; // prettier-ignore

/** The same numbers on every run. */
const random = (seed: number) => () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
};

const randomValue = (next: () => number, depth: number): unknown => {
  const kind = Math.floor(next() * (depth > 4 ? 5 : 7));
  if (kind === 0) return null;
  if (kind === 1) return next() < 0.5;
  if (kind === 2) return Math.round((next() - 0.5) * 1e6) / (next() < 0.5 ? 1 : 100);
  if (kind <= 4) return nasty[Math.floor(next() * nasty.length)];
  if (kind === 5) return Array.from({ length: Math.floor(next() * 4) }, () => randomValue(next, depth + 1));
  const keys = Array.from({ length: Math.floor(next() * 4) }, () => nasty[Math.floor(next() * nasty.length)] ?? 'k');
  return Object.fromEntries(keys.map((key) => [key, randomValue(next, depth + 1)]));
};

describe('object files', () => {
  it.each(nasty)('keeps the text %j as value, item and key', (text) => {
    const object = { value: text, list: [text, [text], { inner: text }], [text]: { [text]: [text] } };
    const written = writeYaml(object);
    expect(readYaml(written)).toEqual(object);
    // Any YAML reader sees the same.
    expect(parse(written)).toEqual(object);
  });

  it('keeps 2,000 random objects, for us and for the general parser', () => {
    const next = random(7);
    for (let round = 0; round < 2000; round++) {
      const object = { root: randomValue(next, 0), more: randomValue(next, 1) };
      const written = writeYaml(object);
      expect(readYaml(written)).toEqual(object);
      if (round % 10 === 0) expect(parse(written)).toEqual(object);
    }
  });

  it('reads what a person wrote by hand', () => {
    const text =
      '# my lab\nkind: "VirtualMachine"\nspec: {a: [1, 2], b: yes please}\nlist:\n- x\n-   y: 1\n    z: >\n      folded\n      text\n';
    expect(readYaml(text)).toEqual({
      kind: 'VirtualMachine',
      spec: { a: [1, 2], b: 'yes please' },
      list: ['x', { y: 1, z: 'folded text\n' }],
    });
  });

  it('writes several lines as a block, so that a diff shows lines', () => {
    expect(writeYaml({ userData: '#cloud-config\nhostname: a\n' })).toBe(
      'userData: |\n  #cloud-config\n  hostname: a\n',
    );
  });

  it('refuses what is no YAML', () => {
    expect(() => readYaml('a: [1,')).toThrow(/flow/i);
    expect(() => readYaml('a: b\n  c: d: e\n')).toThrow(/mapping/i);
  });
});
