/** `{{name}}`, also with spaces in it; `\{{` stays as `{{`. What looks otherwise (`{{.metadata}}`, `{{range .}}`) is text. */
const place = /(\\?)\{\{\s*([A-Za-z][A-Za-z0-9-]*(?:[.:][A-Za-z0-9-]+)*)\s*\}\}/g;

/** The value of a variable; undefined leaves its place as it is. */
export type Values = (name: string) => string | undefined;

/** A text with its variables filled in. Pure. */
export const fillText = (text: string, values: Values): string =>
  text.replaceAll(place, (all: string, escape: string, name: string) =>
    escape === '' ? (values(name) ?? all) : all.slice(1),
  );

/** The same for all texts inside of a value; names of fields stay. Pure. */
export function fill<T>(value: T, values: Values): T {
  if (typeof value === 'string') return fillText(value, values) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => fill(each, values)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill<unknown>(inner, values)])) as T;
}

/** Names of the variables that a text has. Pure. */
export const variablesOf = (text: string): string[] =>
  [...text.matchAll(place)].flatMap(([, escape, name]) => (escape === '' && name !== undefined ? [name] : []));

/** All texts inside of a value, each with its path. Pure. */
export function* textsOf(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<[path: readonly (string | number)[], text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (Array.isArray(value)) for (const [at, each] of value.entries()) yield* textsOf(each, [...path, at]);
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) yield* textsOf(each, [...path, key]);
}
