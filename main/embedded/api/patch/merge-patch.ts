import { clone } from '../../store/clone.ts';

export type Json = Record<string, unknown>;
export const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON Merge Patch, RFC 7386: null removes, maps merge, all else replaces. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isMap(patch)) return clone(patch);
  const result: Json = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
};
