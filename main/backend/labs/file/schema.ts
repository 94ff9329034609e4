import { z } from 'zod';
import { labFileSchema } from '../../../contract/labs/file.ts';
import { pick } from '../../target/pick.ts';
import type { Tell } from './tell.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** What the shape is refused for, each at its place and in words. */
export function schemaFindings(error: z.ZodError, value: unknown, tell: Tell): void {
  for (const issue of error.issues) findingOf(issue, [], value, tell);
}

function findingOf(issue: Issue, before: Path, value: unknown, tell: Tell): void {
  const path = [...before, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  if (issue.code === 'unrecognized_keys') {
    // More than that is not told of one file, and each is compared with every field there is.
    for (const key of issue.keys.slice(0, 100)) tell([...path, key], `"${key}" is not known here.${meant(key)}`);
    return;
  }
  // Of several shapes the one that came farthest is the one that was meant.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map((each) => each.path.length));
    const nearest = [...issue.errors].toSorted((one, other) => depth(other) - depth(one))[0] ?? [];
    if (depth(nearest) > 0) {
      for (const each of nearest) findingOf(each, path, value, tell);
      return;
    }
    const kinds = issue.errors.flatMap((each) => each.flatMap((one) => (one.code === 'invalid_type' ? [one.expected] : []))); // prettier-ignore
    tell(path, kinds.length > 0 ? `It has to be ${[...new Set(kinds)].join(' or ')}.` : issue.message);
    return;
  }
  if (issue.code === 'invalid_type' && pick(value, ...path) === undefined) {
    tell(path, `"${String(path.at(-1) ?? 'the file')}" is missing.`);
    return;
  }
  tell(path, issue.message);
}

let known: Set<string> | undefined;
/** Every name of a field that there is in a lab file. */
function fields(): Set<string> {
  if (known) return known;
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const name of Object.keys(pick(node, 'properties') ?? {})) found.add(name);
    for (const inner of Object.values(node)) walk(inner);
  };
  walk(z.toJSONSchema(labFileSchema, { io: 'input' }));
  return (known = found);
}

function meant(key: string): string {
  if (key.length > 40) return '';
  const near = [...fields()].find((field) => distance(field.toLowerCase(), key.toLowerCase()) <= (key.length > 4 ? 2 : 1)); // prettier-ignore
  return near && near !== key ? ` Is "${near}" meant?` : '';
}

/** How many letters are to be changed from one word to the other (Levenshtein). Pure. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1)
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)); // prettier-ignore
    row = next;
  }
  return row[other.length] ?? 0;
}
