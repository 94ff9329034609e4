import { ProblemError } from '../../contract/problem.ts';

/** A regular expression of a lab file: matched in linear time, whoever wrote it. */
export interface Pattern {
  /** Whether it is somewhere in the text. */
  in(text: string): boolean;
}

/** Characters of a text that are looked at, its last ones: more is nobody's answer. */
const longest = 256 * 1024;
/** Instructions of a compiled expression at most. */
const largest = 1000;
/** Instructions times characters: about a third of a second. */
const work = 6_000_000;

const known = new Map<string, Promise<Pattern>>();

/**
 * Compiles an expression in RE2's language (https://github.com/google/re2/wiki/Syntax), which has neither back references
 * nor look-around, and so cannot hang. `^` and `$` are those of lines. Rejects with `pattern-refused`.
 */
export function compilePattern(expression: string): Promise<Pattern> {
  let found = known.get(expression);
  if (!found) {
    if (known.size >= 500) known.clear();
    found = compile(expression);
    found.catch(() => undefined); // whoever asks has the error
    known.set(expression, found);
  }
  return found;
}

async function compile(expression: string): Promise<Pattern> {
  const { RE2JS, RE2JSException } = await import('re2js');
  try {
    // Before it is compiled: repeats are written out one by one, so they make a large program of a short text.
    const repeats = [...expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, from, to]) => Number(to || from));
    if (repeats.reduce((sum, each) => sum + each, 0) > largest) throw new RE2JSException('it repeats too often');
    const compiled = RE2JS.compile(expression, RE2JS.MULTILINE);
    const size = compiled.programSize();
    if (size > largest) throw new RE2JSException('it is too large');
    const most = Math.min(longest, Math.floor(work / Math.max(1, size)));
    return { in: (text) => compiled.test(text.slice(-most)) };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new ProblemError(
      {
        code: 'pattern-refused',
        title: 'This expression cannot be used',
        detail: `${expression.slice(0, 100)}: ${error.message}.`,
        fix: "Write it in RE2's language: without back references and look-around.",
      },
      { cause: error },
    );
  }
}
