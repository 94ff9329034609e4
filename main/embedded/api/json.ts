import type { Stored } from '../kube/object.ts';

const texts = new WeakMap<Stored, string>();

/** An object's JSON. Made once: stored objects never change, and lists and watches send the same ones again and again. */
export const jsonOf = (object: Stored): string => {
  let text = texts.get(object);
  if (text === undefined) texts.set(object, (text = JSON.stringify(object)));
  return text;
};
