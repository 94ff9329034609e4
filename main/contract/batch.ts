// Without zod: pages show the names while a person types.

/** Machines that are made at once. */
export const mostAtOnce = 50;

const name = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const range = /^([^{}]*)\{(\d{1,6})\.\.(\d{1,6})\}([^{}]*)$/;

/** What is wrong with a pattern: `shape` no `{1..5}` that can be read, `order` from high to low, `many` more than `mostAtOnce`, `name` no names of machines. */
export type PatternTrouble = 'shape' | 'order' | 'many' | 'name';

/** Whether a name was meant as a pattern. Pure. */
export const isPattern = (text: string): boolean => /[{}]/.test(text);

/**
 * `web-{1..3}` -> web-1, web-2, web-3; `web-{08..10}` -> web-08, web-09, web-10. One range, counted upwards. Pure.
 */
export function namesOf(pattern: string): { names: string[]; trouble?: undefined } | { trouble: PatternTrouble } {
  const [, before = '', from = '', to = '', after = ''] = range.exec(pattern) ?? [];
  if (from === '') return { trouble: 'shape' };
  const [first, last] = [Number(from), Number(to)];
  if (last < first) return { trouble: 'order' };
  if (last - first + 1 > mostAtOnce) return { trouble: 'many' };
  const width = from.startsWith('0') ? from.length : 0;
  const names = Array.from({ length: last - first + 1 }, (_, at) => `${before}${String(first + at).padStart(width, '0')}${after}`);
  return names.every((each) => each.length <= 63 && name.test(each)) ? { names } : { trouble: 'name' };
} // prettier-ignore
