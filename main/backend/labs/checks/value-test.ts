import { quantity } from '../../target/quantity.ts';
import { quoted, textMisfit } from './text-test.ts';
import type { TextTest } from './text-test.ts';

type Plain = string | number | boolean;
/** What a value has to be; all that is given has to hold. */
export interface ValueTest extends TextTest {
  not?: Plain | undefined;
  atLeast?: number | string | undefined;
  atMost?: number | string | undefined;
}

/** Whether two values mean the same: quantities (`1Gi` and `1024Mi`) compare as numbers, all else as text. Pure. */
export function sameValue(one: unknown, other: Plain): boolean {
  const text = valueText(one);
  if (text === String(other)) return true;
  const [left, right] = [quantity(one), quantity(typeof other === 'boolean' ? undefined : other)];
  return left !== undefined && left === right;
}

/** A value as it is shown and searched: text as it is, anything else as JSON. Pure. */
export const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** Why a value is not as it has to be; undefined when it is. Rejects with `pattern-refused`. */
export async function valueMisfit(value: unknown, test: ValueTest, name: string): Promise<string | undefined> {
  const { equals, not, atLeast, atMost, ...texts } = test;
  const text = valueText(value);
  if (equals !== undefined && !sameValue(value, equals))
    return `${name} is ${quoted(text)}, not ${quoted(String(equals))}.`;
  if (not !== undefined && sameValue(value, not)) return `${name} is still ${quoted(text)}.`;
  const bounds = [
    ['less', atLeast, (found: number, bound: number) => found < bound],
    ['more', atMost, (found: number, bound: number) => found > bound],
  ] as const;
  for (const [word, bound, wrong] of bounds) {
    if (bound === undefined) continue;
    const [found, limit] = [quantity(value), quantity(bound)];
    if (found === undefined) return `${name} is ${quoted(text)}, which is no number.`;
    if (limit === undefined || wrong(found, limit)) return `${name} is ${text}, ${word} than ${bound}.`;
  }
  const { contains, lacks, matches } = texts;
  const asked = [contains, lacks, matches].some((each) => each !== undefined);
  return asked ? textMisfit(text, { contains, lacks, matches }, name) : undefined;
}

/** Whether anything is asked of the value at all. Pure. */
export const testsValue = (test: ValueTest): boolean =>
  [test.equals, test.not, test.atLeast, test.atMost, test.contains, test.lacks, test.matches].some(
    (each) => each !== undefined,
  );
