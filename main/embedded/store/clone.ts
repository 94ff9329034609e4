const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A private copy of JSON data; members that are undefined are left out, as JSON does. */
export const clone = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map((item: unknown) => clone(item ?? null)) as T;
  if (!isRecord(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const member = value[key];
    if (member !== undefined) copy[key] = clone(member);
  }
  return copy as T;
};

/** Deep equality of JSON data; a member that is undefined equals one that is absent. */
export const same = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true;
  if (!isRecord(a) || !isRecord(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  }
  for (const key in a) if (!same(a[key], b[key])) return false;
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
};

/** Freezes all of it: what the store hands out is shared by everyone. */
export const freeze = <T>(value: T): T => {
  if (!isRecord(value) || Object.isFrozen(value)) return value;
  for (const key in value) freeze(value[key]);
  return Object.freeze(value);
};
