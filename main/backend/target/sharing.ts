import type { KubeObject } from '../../contract/kube.ts';

/** Strings that are looked for again, and of how many characters at most. */
const strings = 8192;
const longest = 256;
/** Alike parts that are kept for one place in an object, and places that one part may have. */
const candidates = 6;
const places = 64;

/** What was seen lately at one place of a kind's objects, e.g. `spec.template.spec.domain`. */
interface Place {
  seen: object[];
  inside: Map<string, Place> | undefined;
}
/** Makes one of what is alike in many objects. What it returns is shared by all: nobody may change it. */
export interface Sharing {
  /** The object with each part replaced by an equal one: of `before` (it as it was, or one much like it), or seen lately there. */
  object(kind: string, value: KubeObject, before?: Partial<KubeObject>): KubeObject;
}

/**
 * Thousands of machines are copies of a few: the parts that are equal are kept once. It remembers what it saw lately and no
 * more, so it never grows; an equal part that is not found is only kept twice. `frozen`: whoever writes to a shared object
 * gets a TypeError, which tests use.
 */
export function createSharing({ frozen = process.env['NODE_ENV'] === 'test' } = {}): Sharing {
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  const text = (value: string): string => {
    if (value.length > longest) return value;
    const known = young.get(value);
    if (known !== undefined) return known;
    const kept = old.get(value) ?? value;
    if (young.size >= strings) {
      old = young;
      young = new Map();
    }
    young.set(value, kept);
    return kept;
  };
  const roots = new Map<string, Place>();
  const placeIn = (place: Place | undefined, name: string): Place | undefined => {
    if (!place) return undefined;
    place.inside ??= new Map();
    let found = place.inside.get(name);
    if (!found && place.inside.size < places) place.inside.set(name, (found = { seen: [], inside: undefined }));
    return found;
  };
  const part = (value: unknown, place: Place | undefined, before: unknown): unknown => {
    if (typeof value === 'string') return value === before ? before : text(value);
    if (typeof value !== 'object' || value === null) return value;
    const had = typeof before === 'object' && before !== null ? before : undefined;
    if (Array.isArray(value)) {
      const items = place && placeIn(place, '[]');
      const hadItems = Array.isArray(had) ? (had as unknown[]) : [];
      for (let at = 0; at < value.length; at += 1) value[at] = part(value[at], items, hadItems[at]);
    } else {
      const record = value as Record<string, unknown>;
      const hadRecord = had as Record<string, unknown> | undefined;
      for (const name in record) {
        const member = record[name];
        if (typeof member === 'string') record[name] = member === hadRecord?.[name] ? hadRecord[name] : text(member);
        else if (typeof member === 'object' && member !== null)
          record[name] = part(member, placeIn(place, name), hadRecord?.[name]);
      }
    }
    if (had && alike(had, value)) return had;
    if (place) {
      const { seen } = place;
      for (let at = 0; at < seen.length; at += 1) {
        const known = seen[at];
        if (!known || !alike(known, value)) continue;
        if (at > 0) {
          seen.splice(at, 1);
          seen.unshift(known);
        }
        return known;
      }
      seen.unshift(value);
      if (seen.length > candidates) seen.pop();
    }
    return frozen ? Object.freeze(value) : value;
  };
  return {
    object(kind, value, before) {
      let root = roots.get(kind);
      if (!root) roots.set(kind, (root = { seen: [], inside: undefined }));
      for (const name in value)
        value[name] = part(
          value[name],
          typeof value[name] === 'object' ? placeIn(root, name) : undefined,
          before?.[name],
        );
      return frozen ? Object.freeze(value) : value;
    },
  };
}

/** Whether two parts are equal whose own parts are shared already. */
function alike(one: object, other: object): boolean {
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
    return true;
  }
  if (Array.isArray(other)) return false;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  let members = 0;
  for (const name in right) {
    if (left[name] !== right[name] || !(name in left)) return false;
    members += 1;
  }
  for (const _ in left) members -= 1;
  return members === 0;
}
