import type { KubeObject } from '../../contract/kube.ts';

/** Forms that are remembered for one place in an object. */
const remembered = 16;
/** So many forms met at one place, and more of them than were known: what its members are called is data there. */
const restless = 32;

/** What is an object's own: forms, and what they leave open, in the order in which it is read. */
export type Packed = readonly unknown[];

export interface Packing {
  /** What keeps this object, in less than half the memory. It may refer to parts of the object, which nobody may change any more. */
  pack(object: KubeObject): Packed;
  /** An object that reads the same; a new one each time, but for the parts that all objects of its form have in common. */
  unpack(packed: Packed): KubeObject;
}

/** An object or a list, by names or by numbers. */
type Container = Record<string | number, unknown>;
/** Where something stands that differs from object to object. */
interface Gap {
  readonly name: string | number;
  readonly place: Place;
}
/** What many objects have at one place: the names of its members, in their order, and the values that are the same in all of them. */
class Form {
  readonly names: readonly (string | number)[];
  /** The first that was met; what is in the gaps of it does not count. */
  readonly sample: Container;
  /** By the index of their names. */
  readonly gaps: readonly (Gap | undefined)[];
  readonly open: readonly Gap[];

  constructor(names: readonly (string | number)[], sample: Container, gaps: readonly (Gap | undefined)[]) {
    this.names = names;
    this.sample = sample;
    this.gaps = gaps;
    this.open = gaps.filter((gap) => gap !== undefined);
  }
}
interface Place {
  readonly forms: Form[];
  known: number;
  met: number;
}
const newPlace = (): Place => ({ forms: [], known: 0, met: 0 });
/** Stands where a form would: an object told name by name, after their number. */
const loose = Symbol('loose');

/** Whether a value has the members that the form has, in the same order. */
function fits(form: Form, value: Container): boolean {
  const { names, sample } = form;
  if (Array.isArray(value)) return Array.isArray(sample) && sample.length === value.length;
  if (Array.isArray(sample)) return false;
  let at = 0;
  for (const name in value) if (names[at++] !== name) return false;
  return at === names.length;
}

/** The form that leaves open what this value has otherwise; the same one where there is no such thing. */
function widened(form: Form, value: Container): Form {
  const { names, sample } = form;
  let gaps: (Gap | undefined)[] | undefined;
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] as string | number;
    if (form.gaps[at] || sample[name] === value[name]) continue;
    gaps ??= [...form.gaps];
    gaps[at] = { name, place: newPlace() };
  }
  return gaps ? new Form(names, sample, gaps) : form;
}

/** Undefined where remembering one more would only take memory. */
function formOf(value: Container, place: Place): Form | undefined {
  const { forms } = place;
  for (let at = 0; at < forms.length; at += 1) {
    const known = forms[at];
    if (!known || !fits(known, value)) continue;
    place.known += 1;
    return (forms[at] = widened(known, value));
  }
  place.met += 1;
  if (place.met > restless && place.met > place.known) return undefined;
  const names: (string | number)[] = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  const form = new Form(
    names,
    value,
    Array.from(names, () => undefined),
  );
  forms.unshift(form);
  if (forms.length > remembered) forms.pop();
  return form;
}

function put(value: unknown, place: Place, into: unknown[]): void {
  if (typeof value !== 'object' || value === null) return void into.push(value);
  const container = value as Container;
  const form = formOf(container, place);
  if (form) {
    into.push(form);
    for (const gap of form.open) put(container[gap.name], gap.place, into);
  } else if (Array.isArray(value)) into.push(value);
  else {
    const members = Object.entries(value);
    into.push(loose, members.length);
    for (const [name, member] of members) into.push(name, member);
  }
}

/**
 * Thousands of objects of a kind differ in few of their members: a form holds what is the same and is kept once, an object is
 * one flat list of what is its own. Nothing is lost. Forms are learnt from what comes: one that a new object does not fit gets
 * a gap for it, and stays as it was with those that were packed by it. `frozen`: whoever writes to what was unpacked gets a
 * TypeError, which tests use.
 */
export function createPacking({ frozen = process.env['NODE_ENV'] === 'test' } = {}): Packing {
  const root = newPlace();
  /** From where `next` reads. */
  let packed: Packed = [];
  let at = 0;
  const next = (): unknown => {
    const value = packed[at++];
    if (value instanceof Form) {
      const { sample, open } = value;
      const made = (Array.isArray(sample) ? [...(sample as unknown[])] : { ...sample }) as Container;
      for (const { name } of open) made[name] = next();
      return frozen ? Object.freeze(made) : made;
    }
    if (value !== loose) return value;
    const members = packed[at++] as number;
    // A member may be called __proto__: nothing is assigned here.
    const made = Object.fromEntries(
      Array.from({ length: members }, () => [packed[at++] as string, packed[at++]] as const),
    );
    return frozen ? Object.freeze(made) : made;
  };
  return {
    pack(object) {
      const list: unknown[] = [];
      put(object, root, list);
      return list.slice(); // what a list has in reserve goes
    },
    unpack(from) {
      packed = from;
      at = 0;
      const object = next() as KubeObject;
      packed = [];
      return object;
    },
  };
}
