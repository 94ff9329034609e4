import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { TemplateParameter } from '../../contract/templates.ts';

const inText = /\$\{([A-Z][A-Z0-9_]*)\}/g;
const whole = /^\$\{\{([A-Z][A-Z0-9_]*)\}\}$/;

/** Names of the parameters that a value speaks of (`${NAME}`, `${{NAME}}`), in the order they come. Pure. */
export function parametersIn(value: unknown, found: string[] = []): string[] {
  if (typeof value === 'string') {
    const names = [...value.matchAll(inText)].map((match) => match[1] ?? '');
    const one = whole.exec(value)?.[1];
    for (const name of one ? [one] : names) if (!found.includes(name)) found.push(name);
  } else if (Array.isArray(value)) for (const item of value) parametersIn(item, found);
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      parametersIn(key, found);
      parametersIn(inner, found);
    }
  return found;
}

/**
 * The values of all parameters: what was given, else the default. Throws a Problem with a message at each parameter that
 * is required and empty.
 */
export function valuesOf(
  parameters: readonly TemplateParameter[],
  given: Readonly<Record<string, string>>,
): Map<string, string> {
  const values = new Map<string, string>();
  const fields: Record<string, string> = {};
  for (const { name, value, required, label } of parameters) {
    const one = given[name] ?? value ?? '';
    if (required && one.trim() === '') fields[name] = `${label || name} is needed.`;
    values.set(name, one);
  }
  if (Object.keys(fields).length > 0)
    throw new ProblemError({
      code: 'template-values-missing',
      title: 'Something is missing',
      detail: Object.values(fields).join(' '),
      fix: 'Fill it in.',
      fields,
    });
  return values;
}

/**
 * Objects with their parameters filled in, after the text was parsed: a value can never become YAML of its own.
 * `${NAME}` is put into the text around it; a field that is `${{NAME}}` and nothing else becomes a number, a truth value
 * or whatever JSON the value is. Other `${…}` (of shell scripts in user data) stays. Pure.
 */
export function fillIn(objects: readonly KubeObject[], values: ReadonlyMap<string, string>): KubeObject[] {
  return objects.map((object) => filled(object, values) as KubeObject);
}

function filled(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    const one = whole.exec(value)?.[1];
    const alone = one === undefined ? undefined : values.get(one);
    if (alone !== undefined) return json(alone);
    return value.replace(inText, (text, name: string) => values.get(name) ?? text);
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [filled(key, values) as string, filled(inner, values)]),
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Plain text is text.
    return text;
  }
}
