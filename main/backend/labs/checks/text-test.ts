import { compilePattern } from '../pattern.ts';

/** What a text has to be; all that is given has to hold. */
export interface TextTest {
  contains?: string | undefined;
  lacks?: string | undefined;
  matches?: string | undefined;
  equals?: string | number | boolean | undefined;
}

/**
 * Why a text is not as it has to be; undefined when it is. `name` is the beginning of the sentence ("The answer"). Blanks at
 * both ends do not count for `equals`. Without any test there has to be some text. Rejects with `pattern-refused`.
 */
export async function textMisfit(text: string, test: TextTest, name: string): Promise<string | undefined> {
  const { contains, lacks, matches, equals } = test;
  const seen = text.trim();
  if (equals !== undefined && seen !== String(equals).trim())
    return `${name} is ${quoted(seen)}, not ${quoted(String(equals))}.`;
  if (contains !== undefined && !text.includes(contains)) return `${name} has no ${quoted(contains)}. ${ending(seen)}`;
  if (lacks !== undefined && text.includes(lacks)) return `${name} still has ${quoted(lacks)}.`;
  if (matches !== undefined && !(await compilePattern(matches)).in(text))
    return `${name} has nothing that fits ${quoted(matches)}. ${ending(seen)}`;
  const none = [equals, contains, lacks, matches].every((each) => each === undefined);
  return none && seen === '' ? `${name} is empty.` : undefined;
}

/** The last line that says something: what a person would look at. */
function ending(text: string): string {
  const last = text.split('\n').findLast((line) => line.trim() !== '');
  return last === undefined ? 'There is no text yet.' : `It ends with ${quoted(last.trim())}.`;
}

const longest = 160;
/** In quotes, cut where it is long. */
export function quoted(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return `“${shown.replaceAll(/\s*\n\s*/g, ' ⏎ ')}”`;
}
