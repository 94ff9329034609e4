import { mark, pointsOnly, redactText, secretName } from './text.ts';

export { mark } from './text.ts';

/** Shorter values are ordinary words too often: blacking them out everywhere would make a text unreadable. */
const shortest = 8;
const whole = /^(?:user|network|vendor|meta)-?data(?:base64)?$/i;

/** Takes secrets out of objects (by their structure) and texts (by patterns, and by the values it learned). */
export interface Redactor {
  /** Notes the secret values in an object, so that they are found in every text, whatever stands around them. */
  learn(value: unknown): void;
  learnValue(secret: string): void;
  /** A copy without secrets. */
  object<T>(value: T): T;
  text(text: string): string;
  /** How many were taken out so far. */
  readonly count: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Which strings of an object are secrets by where they stand. Pure. */
function secretAt(owner: Record<string, unknown>, key: string, path: readonly string[]): boolean {
  const parent = path.at(-1);
  if ((parent === 'data' || parent === 'stringData') && path.length <= 2 && isSecretKind.has(owner)) return true;
  if (whole.test(key)) return true;
  if (key === 'value' && typeof owner['name'] === 'string') return secretName.test(owner['name']);
  if (key === 'kubectl.kubernetes.io/last-applied-configuration') return true;
  // An address that is the key itself.
  if (key === 'url' && parent === 'webhook') return true;
  return secretName.test(key) && !pointsOnly.test(key);
}
/** `data` maps of Secrets, marked while walking: the map itself does not tell what it is of. */
const isSecretKind = new WeakSet<object>();

/** Calls `use` for every string; what it returns stands in the copy. */
function mapStrings(
  value: unknown,
  use: (text: string, secret: boolean) => string,
  path: readonly string[] = [],
  secret = false,
): unknown {
  if (typeof value === 'string') return use(value, secret);
  if (Array.isArray(value)) {
    const headers = path.at(-1) === 'extraHeaders';
    return value.map((each: unknown) =>
      headers && typeof each === 'string'
        ? each.replace(/^([^:]*:\s*)(.+)$/, (_all, name: string, rest: string) => name + use(rest, true))
        : mapStrings(each, use, path, secret),
    );
  }
  if (!isRecord(value)) return value;
  if (value['kind'] === 'Secret')
    for (const key of ['data', 'stringData']) if (isRecord(value[key])) isSecretKind.add(value[key]);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const hidden = typeof each === 'string' ? secretAt(value, key, path) : secret && !isRecord(each);
      const listed = Array.isArray(each) && secretName.test(key) && each.every((item) => typeof item === 'string');
      return [key, mapStrings(each, use, [...path, key], hidden || listed)];
    }),
  );
}

const decoded = (text: string): string | undefined => {
  if (text.length < 8 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+=*$/.test(text)) return undefined;
  const plain = Buffer.from(text, 'base64').toString('utf8');
  return plain.includes('\u{FFFD}') ? undefined : plain;
};
/** Values in a text that stand at a secret's name (cloud-init, environment files). */
function* valuesIn(text: string): Generator<string> {
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^[\s-]*["']?([\w.-]+)["']?\s*[:=]\s*["']?(.*?)["']?\s*$/.exec(line) ?? [];
    if (value && secretName.test(name) && !pointsOnly.test(name)) yield value;
    // A line of chpasswd's list.
    const user = /^\s+[a-z_][\w-]*:([^\s/]\S*)$/.exec(line)?.[1];
    if (user) yield user;
  }
}

export function createRedactor(): Redactor {
  const known = new Set<string>();
  let count = 0;
  let pattern: RegExp | undefined;
  const hit = (): void => {
    count += 1;
  };
  const learnValue = (secret: string): void => {
    const plain = decoded(secret);
    for (const each of plain === undefined ? [secret] : [secret, plain]) {
      const text = each.trim();
      if (text.length < shortest || text === mark) continue;
      if (text.includes('\n')) {
        for (const value of valuesIn(text)) if (value.length >= shortest) known.add(value);
        if (text.length < 8192) known.add(text);
      } else known.add(text);
    }
    pattern = undefined;
  };
  const byValue = (text: string): string => {
    if (known.size === 0) return text;
    pattern ??= new RegExp(
      [...known]
        .flatMap((value) => [
          value,
          Buffer.from(value).toString('base64'),
          encodeURIComponent(value),
          JSON.stringify(value).slice(1, -1),
        ]) // prettier-ignore
        .sort((a, b) => b.length - a.length)
        .map((value) => value.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('|'),
      'g',
    );
    return text.replace(pattern, () => {
      hit();
      return mark;
    });
  };
  const text = (from: string): string => redactText(byValue(from), hit);
  return {
    learn(value) {
      mapStrings(value, (each, secret) => {
        if (secret) learnValue(each);
        // What stands in an address or behind a name in a text may stand alone in another.
        else if (each.length < 1024 * 1024) {
          for (const [, found = ''] of each.matchAll(/:\/\/[^\s/@:"'<>]*:([^\s/@"'<>]+)@/g)) learnValue(found);
          if (each.includes('\n')) for (const found of valuesIn(each)) learnValue(found);
        }
        return each;
      });
    },
    learnValue,
    object: <T>(value: T) =>
      mapStrings(value, (each, secret) => {
        if (!secret) return text(each);
        if (each === '' || each === mark) return each;
        hit();
        return mark;
      }) as T,
    text,
    get count() {
      return count;
    },
  };
}
