/** A sentence, or its forms by the plural rules of its language, chosen by the value `n`. */
export type Entry = string | ({ readonly other: string } & { readonly [form in Intl.LDMLPluralRule]?: string });
export type Values = Readonly<Record<string, string | number>>;
/** The words of a language by area, then by key. */
export type Words = Readonly<Record<string, Readonly<Record<string, Entry>>>>;

const english = new Intl.PluralRules('en');
let plural = english;
let words: Words = {};

/** From now on texts are of this language; what it lacks is English. `tag`: BCP 47. */
export function speak(tag: string, of: Words): void {
  plural = new Intl.PluralRules(tag);
  words = of;
}

/**
 * Typed lookup over one area's file of assets/locales. Each feature binds its own in `text.ts`, so that its English words
 * are loaded with it: `export const t = texts('machines', en)`; then `t('title', { n: 3 })` fills `{n}`.
 */
export function texts<T extends Readonly<Record<string, Entry>>>(
  area: string,
  entries: T,
): (key: keyof T & string, values?: Values) => string {
  return (key, values = {}) => {
    const said = words[area]?.[key];
    const entry: Entry | undefined = said ?? entries[key];
    if (entry === undefined) return key;
    const rules = said === undefined ? english : plural;
    const pattern = typeof entry === 'string' ? entry : (entry[rules.select(Number(values['n']))] ?? entry.other);
    return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  };
}
