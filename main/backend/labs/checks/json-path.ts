import { ProblemError } from '../../../contract/problem.ts';

/** Values at a path of an object. */
export type JsonPath = (value: unknown) => unknown[];

const known = new Map<string, Promise<JsonPath>>();
/** Values that one path may find; more is a mistake. */
const most = 10_000;

/**
 * A path as RFC 9535 has it, written as kubectl takes it: `.status.phase` or `{.status.phase}` is enough, and dots of a name may
 * have a backslash before them. Nothing of it is run: filters compare, and that is all. Rejects with `path-refused` for what is no
 * path and for what could take long on a large object.
 */
export function jsonPathOf(source: string): Promise<JsonPath> {
  let found = known.get(source);
  if (!found) {
    if (known.size > 500) known.clear();
    found = compile(source);
    found.catch(() => undefined); // whoever asks has the error
    known.set(source, found);
  }
  return found;
}

async function compile(source: string): Promise<JsonPath> {
  const path = standardPath(source);
  const bare = outsideOfQuotes(path);
  // A path of these takes time in proportion to the object; two of them in one multiply.
  if (bare.split('..').length > 2) throw refused(source, 'It goes down through everything (`..`) more than once.');
  if (bare.split(',').length > 5) throw refused(source, 'It names too many parts at once.');
  if (bare.indexOf('$', 1) > 0)
    throw refused(source, 'A filter looks at the whole object (`$`) for each of its parts.');
  const { JSONPathEnvironment, JSONPathError } = await import('json-p3');
  const environment = new JSONPathEnvironment();
  // Regular expressions of JavaScript, which a stranger can make run for ever; `matches` of a check is there for that.
  for (const name of ['match', 'search']) environment.functionRegister.delete(name);
  const told = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof JSONPathError) throw refused(source, `${error.message}.`);
      throw error;
    }
  };
  const query = told(() => environment.compile(path));
  return (value) =>
    told(() => {
      const values: unknown[] = [];
      for (const node of query.lazyQuery(value as Parameters<typeof query.lazyQuery>[0])) {
        if (values.length >= most) throw refused(source, `It finds more than ${most} values.`);
        values.push(node.value);
      }
      return values;
    });
}

/** kubectl's spelling as the standard's: without braces, from the root, names with dots in brackets. Pure. */
export function standardPath(source: string): string {
  const inner = source.trim().replace(/^\{(.*)\}$/s, '$1').trim(); // prettier-ignore
  const rooted = inner.startsWith('$')
    ? inner
    : `$${inner.startsWith('.') || inner.startsWith('[') ? '' : '.'}${inner}`;
  return rooted.replaceAll(/\.((?:[^.[\]\\\s()'"]|\\.)*\\\.(?:[^.[\]\\\s()'"]|\\.)*)/g, (_all, name: string) => {
    const plain = name.replaceAll(/\\(.)/g, '$1');
    return `['${plain.replaceAll(/[\\']/g, String.raw`\$&`)}']`;
  });
}

const outsideOfQuotes = (path: string): string => path.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/gs, "''");

const refused = (source: string, why: string): ProblemError =>
  new ProblemError({
    code: 'path-refused',
    title: 'The lab has a path that cannot be used',
    detail: `${source.slice(0, 200)}: ${why}`,
    fix: "Write it as in `kubectl get -o jsonpath`, e.g. `.status.conditions[?(@.type=='Ready')].status`.",
  });
