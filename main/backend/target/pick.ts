/** The value at a path of an object that came from outside; undefined where anything on the way is missing. */
export function pick(from: unknown, ...path: (string | number)[]): unknown {
  let value = from;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
export const pickText = (from: unknown, ...path: (string | number)[]): string | undefined => {
  const value = pick(from, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
};
export const pickNumber = (from: unknown, ...path: (string | number)[]): number | undefined => {
  const value = pick(from, ...path);
  return typeof value === 'number' ? value : undefined;
};
/** The objects of an array; empty for anything else. */
export const pickList = (from: unknown, ...path: (string | number)[]): Record<string, unknown>[] => {
  const value = pick(from, ...path);
  return Array.isArray(value)
    ? value.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null)
    : [];
};
/** The strings of an array; empty for anything else. */
export const pickTexts = (from: unknown, ...path: (string | number)[]): string[] => {
  const value = pick(from, ...path);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
};
