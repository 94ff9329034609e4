import type { FastifyRequest } from 'fastify';
import { longestPassword, shortestPassword } from '../../contract/roles.ts';
import de from '../../../assets/locales/de/sign-in.json' with { type: 'json' };
import en from '../../../assets/locales/en/sign-in.json' with { type: 'json' };
import es from '../../../assets/locales/es/sign-in.json' with { type: 'json' };
import fr from '../../../assets/locales/fr/sign-in.json' with { type: 'json' };
import ja from '../../../assets/locales/ja/sign-in.json' with { type: 'json' };
import zh from '../../../assets/locales/zh/sign-in.json' with { type: 'json' };

type Key = keyof typeof en;
type Values = Readonly<Record<string, string | number>>;
type Entry = string | ({ readonly other: string } & { readonly [form in Intl.LDMLPluralRule]?: string });
const spoken: Readonly<Record<string, Readonly<Record<Key, Entry>>>> = { en, de, es, fr, ja, zh };

/** The words of the pages before the sign-in, in the language of one browser. All are plain text, to be escaped. */
export interface Words {
  /** BCP 47. */
  readonly language: string;
  readonly say: (key: Key, values?: Values) => string;
  /** What is reported in English, a sentence of a Problem, in this language; undefined where it has no words for it. */
  readonly reported: (sentence: string) => string | undefined;
}

const pick = (entry: Entry, language: string, n: number): string =>
  typeof entry === 'string' ? entry : (entry[new Intl.PluralRules(language).select(n)] ?? entry.other);
const fill = (pattern: string, values: Values): string =>
  pattern.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

const wordsIn = (language: string): Words => {
  const mine = spoken[language] ?? en;
  const say: Words['say'] = (key, values = {}) => fill(pick(mine[key], language, Number(values['n'])), values);
  return {
    language,
    say,
    reported: (sentence) => {
      for (const { key, pattern } of sentences()) {
        const found = pattern.exec(sentence);
        if (found) return say(key, { ...found.groups, least: shortestPassword, most: longestPassword });
      }
      return undefined;
    },
  };
};

/** The English sentences that have words in all languages; numbers in them may be any. */
let known: readonly { key: Key; pattern: RegExp }[] | undefined;
const sentences = (): NonNullable<typeof known> =>
  (known ??= (Object.entries(en) as [Key, Entry][])
    .filter(([key]) => key.startsWith('said.'))
    .flatMap(([key, entry]) => (typeof entry === 'string' ? [entry] : Object.values(entry)).map((text) => ({ key, pattern: patternOf(text) })))); // prettier-ignore
const patternOf = (text: string): RegExp =>
  new RegExp(`^${fill(text, { least: shortestPassword, most: longestPassword }).replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll('{n}', String.raw`(?<n>\d+)`)}$`); // prettier-ignore

/** The first language of the browser that Hearth has, by its `Accept-Language`; English where it has none of them. */
export function wordsFor({ headers }: Pick<FastifyRequest, 'headers'>): Words {
  const wanted = (headers['accept-language'] ?? '')
    .slice(0, 300)
    .split(',')
    .map((each) => {
      const [tag = '', ...rest] = each.trim().toLowerCase().split(';');
      const weight = rest.map((part) => /^\s*q=([\d.]+)$/.exec(part)?.[1]).find((q) => q !== undefined);
      return { language: tag.split('-')[0] ?? '', weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ language, weight }) => Object.hasOwn(spoken, language) && weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  return wordsIn(wanted[0]?.language ?? 'en');
}
