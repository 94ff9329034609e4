import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { languageSchema } from '../../../main/contract/settings.ts';
import { languages } from '../../../renderer/lib/language.ts';
import { wordsOf } from '../../../renderer/lib/languages/words.ts';
import { speak, texts } from '../../../renderer/lib/text.ts';
import type { Entry } from '../../../renderer/lib/text.ts';

const locales = join(import.meta.dirname, '../../../assets/locales');
type File = Record<string, Entry>;
const known = new Map<string, File>();
function read(language: string, area: string): File {
  const path = join(locales, language, area);
  const file = known.get(path) ?? (JSON.parse(readFileSync(path, 'utf8')) as File);
  known.set(path, file);
  return file;
}
const areas = readdirSync(join(locales, 'en'));
const forms = (entry: Entry): string[] => (typeof entry === 'string' ? [entry] : Object.values(entry));
const named = (text: string, pattern: RegExp): string => [...new Set(text.match(pattern) ?? [])].toSorted().join(' ');
const values = (text: string): string => named(text, /\{\w+\}/g);

it('each language that can be chosen has its words, and each that has words can be chosen', () => {
  const codes = languages.map(({ code }) => code).toSorted();
  expect(codes).toEqual([...languageSchema.options].toSorted());
  expect(codes).toEqual(readdirSync(locales).toSorted());
});

describe.each(languageSchema.options.filter((code) => code !== 'en'))('%s', (code) => {
  const wanted = new Intl.PluralRules(code).resolvedOptions().pluralCategories.toSorted();
  it('has every text, in the order of the English ones', () => {
    expect(readdirSync(join(locales, code)).toSorted()).toEqual(areas.toSorted());
    for (const area of areas) expect([area, ...Object.keys(read(code, area))]).toEqual([area, ...Object.keys(read('en', area))]);
  }); // prettier-ignore
  it('has the plural forms of its rules', () => {
    const wrong = areas.flatMap((area) =>
      Object.entries(read('en', area)).flatMap(([key, english]) => {
        const entry = read(code, area)[key];
        if (entry === undefined || typeof entry !== typeof english) return [`${area} ${key}`];
        return typeof entry === 'string' || Object.keys(entry).toSorted().join() === wanted.join() ? [] : [`${area} ${key}`];
      }),
    ); // prettier-ignore
    expect(wrong).toEqual([]);
  });
  it('keeps the values to fill in and what stands in code', () => {
    const wrong = areas.flatMap((area) => {
      const mine = read(code, area);
      return Object.entries(read('en', area)).flatMap(([key, english]) => {
        const entry = mine[key] ?? '';
        const all = new Set(forms(english).flatMap((form) => values(form).split(' ')));
        const same = typeof entry === 'string' && typeof english === 'string' ? values(entry) === values(english) : forms(entry).every((form) => values(form).split(' ').every((each) => each === '' || all.has(each)));
        const code = typeof entry !== 'string' || typeof english !== 'string' || named(entry, /`[^`]*`/g) === named(english, /`[^`]*`/g);
        return same && code && forms(entry).every((form) => form.trim() !== '') ? [] : [`${area} ${key}`];
      });
    }); // prettier-ignore
    expect(wrong).toEqual([]);
  });
  it('is no English: sentences differ', () => {
    const same = areas.flatMap((area) => {
      const mine = read(code, area);
      return Object.entries(read('en', area)).flatMap(([key, english]) =>
        typeof english === 'string' && english === mine[key] && /[a-z]{2,} [a-z]{2,} [a-z]{2,}/.test(english) ? [`${area} ${key}`] : [],
      );
    }); // prettier-ignore
    expect(same).toEqual([]);
  });
});

describe('words of another language', () => {
  afterEach(() => speak('en', {}));
  it('take the place of the English ones, by the plural rules of the language; what is missing stays English', () => {
    const t = texts('area', { hello: 'Hello {name}', rows: { one: '{n} row', other: '{n} rows' }, more: { one: '{n} more', other: '{n} more' } }); // prettier-ignore
    speak('fr', wordsOf({ '../assets/locales/fr/area.json': { hello: 'Bonjour {name}', rows: { one: '{n} ligne', many: '{n} de lignes', other: '{n} lignes' } } })); // prettier-ignore
    expect(t('hello', { name: 'Ada' })).toBe('Bonjour Ada');
    // Nothing is one in French.
    expect([0, 1, 2, 1_000_000].map((n) => t('rows', { n }))).toEqual(['0 ligne', '1 ligne', '2 lignes', '1000000 de lignes']); // prettier-ignore
    expect(t('more', { n: 0 })).toBe('0 more');
    speak('ja', { area: { rows: { other: '{n} 行' } } });
    expect(t('rows', { n: 1 })).toBe('1 行');
    expect(t('hello', { name: 'Ada' })).toBe('Hello Ada');
  });
});
