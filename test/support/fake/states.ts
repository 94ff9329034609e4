import type { Api } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

export interface StateOptions {
  /** loading: nothing ever answers; error: everything fails; partial: streams bring what they have, calls never answer. */
  state?: 'loading' | 'error' | 'partial';
  /** How many rows each list has: the first ones, or more of the same kind. */
  rows?: number;
  /** Letters that each name of a list is made up to. */
  names?: number;
}
type Call = (input: unknown, ...rest: unknown[]) => unknown;
type Row = Record<string, unknown>;
/** What the frame around the pages shows; without it there is no page whose state could be looked at. */
const frame =
  /^(access\.watch|settings\.watch|target\.watch|targets\.watch|ownBox\.watch|tasks\.watch|class-?room\.seat)/i;

const failure = (what: string): ProblemError =>
  new ProblemError({
    code: 'preview-failed',
    title: 'This did not work',
    detail: `${what} was refused by the backend.`,
    cause: 'This preview was opened with state=error.',
    fix: 'Open it without, or try again.',
  });
const never = new Promise<never>(() => undefined);
const isStream = (answer: unknown): answer is AsyncIterable<unknown> =>
  typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A word of `length` letters that a name may have, and that a reader can tell from another. */
const lengthen = (name: string, length: number): string =>
  name.length >= length
    ? name
    : `${name}-${'a-rather-long-name-'.repeat(15)}`.slice(0, length - 1).replace(/-$/, 'x') + 'z';
const named = (row: Row, length: number): Row => ({
  ...row,
  ...(typeof row['name'] === 'string' && { name: lengthen(row['name'], row['kind'] === undefined && 'namespace' in row ? Math.min(63, length) : length) }),
  ...(typeof row['displayName'] === 'string' && { displayName: lengthen(row['displayName'], length) }),
}); // prettier-ignore
const numbered = (row: Row, n: number): Row =>
  n === 0 ? row : { ...row, ...Object.fromEntries(['id', 'uid', 'name', 'address', 'displayName'].flatMap((key) => (typeof row[key] === 'string' ? [[key, `${row[key]}-${n}`]] : []))) }; // prettier-ignore

function reshape(items: readonly unknown[], { rows, names }: StateOptions): unknown[] {
  const some =
    rows === undefined || items.length === 0
      ? items
      : Array.from({ length: rows }, (_, n) => {
          const item = items[n % items.length];
          return isRow(item) ? numbered(item, Math.floor(n / items.length)) : item;
        });
  return some.map((item) => (names !== undefined && isRow(item) ? named(item, names) : item));
}
const reshaped = (update: unknown, options: StateOptions): unknown =>
  isRow(update) && update['type'] === 'snapshot' && Array.isArray(update['items'])
    ? { ...update, items: reshape(update['items'], options) }
    : update;

async function* streamIn(what: string, from: AsyncIterable<unknown>, options: StateOptions): AsyncGenerator<unknown> {
  if (options.state === 'loading') await never;
  if (options.state === 'error') throw failure(what);
  for await (const update of from) yield reshaped(update, options);
}

/** The same procedures in another state, whatever they are about: so no page can be forgotten. */
export function inState(api: Api, options: StateOptions): Api {
  const domains = Object.entries(api as unknown as Record<string, Record<string, Call>>);
  const wrap = (what: string, call: Call): Call => {
    if (frame.test(what)) return call;
    return (input, ...rest) => {
      const answer = call(input, ...rest);
      if (isStream(answer)) return streamIn(what, answer, options);
      if (options.state === undefined) return answer;
      void Promise.resolve(answer).catch(() => undefined);
      return options.state === 'error' ? Promise.reject(failure(what)) : never;
    };
  };
  return Object.fromEntries(
    domains.map(([domain, calls]) => [
      domain,
      Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, wrap(`${domain}.${name}`, call)])),
    ]),
  ) as unknown as Api;
}
