import { isPattern, mostAtOnce, namesOf } from '../../../main/contract/batch.ts';
import type { FieldErrors, FieldMessage } from './validate.ts';

/** What the field for the name shows as an example. */
export const examplePattern = 'web-{1..5}';

/** The machines that a name stands for; undefined: one, called so. Pure. */
export function severalOf(name: string): { names: readonly string[]; wrong?: FieldMessage } | undefined {
  if (!isPattern(name)) return undefined;
  const found = namesOf(name);
  if (found.trouble === undefined) return found;
  return { names: [], wrong: { key: `error.pattern.${found.trouble}`, values: { example: examplePattern, most: mostAtOnce } } }; // prettier-ignore
}

/** What is wrong with one machine of them is said of all; of the name, only what the pattern says. Pure. */
export function severalErrors(
  several: NonNullable<ReturnType<typeof severalOf>>,
  first: FieldErrors,
  namespace: string,
  taken: ReadonlySet<string>,
): FieldErrors {
  const { name: _one, ...errors } = first;
  if (several.wrong) return { ...errors, name: several.wrong };
  const there = several.names.filter((each) => taken.has(`${namespace}/${each}`));
  return there.length > 0
    ? { ...errors, name: { key: 'error.namesTaken', values: { names: shortList(there) } } }
    : errors;
}

/** A few names of many, for one line. Pure. */
export const shortList = (names: readonly string[]): string =>
  (names.length > 6 ? [...names.slice(0, 4), '…', names.at(-1)] : names).join(', ');
