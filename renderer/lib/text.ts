/** A sentence, or its forms by number (`one`, `other`), chosen by the value `n`. */
export type Entry = string | { readonly one: string; readonly other: string };
export type Values = Readonly<Record<string, string | number>>;

const plural = new Intl.PluralRules('en');

/**
 * Typed lookup over one area's file of assets/locales/en. Each feature binds its own in `text.ts`, so that its words
 * are loaded with it: `export const t = texts(en)`; then `t('title', { n: 3 })` fills `{n}`.
 */
export function texts<T extends Readonly<Record<string, Entry>>>(
  entries: T,
): (key: keyof T & string, values?: Values) => string {
  return (key, values = {}) => {
    const entry: Entry | undefined = entries[key];
    if (entry === undefined) return key;
    const pattern =
      typeof entry === 'string' ? entry : entry[plural.select(Number(values['n'])) === 'one' ? 'one' : 'other'];
    return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  };
}
