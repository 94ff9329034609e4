import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';

/** So many consoles are readable on one screen. */
export const most = 4;

/** What stands side by side, as the address of the page tells it; names have neither sign. Pure. */
export const sidesIn = (text: string | undefined): ObjectRef[] => {
  const parts = (text ?? '').split(',').flatMap((each) => {
    const [namespace = '', name = ''] = each.split('~').map((part) => decodeURIComponent(part));
    return namespace && name ? [{ namespace, name }] : [];
  });
  // Typed by hand it may name one twice: two consoles of one machine take it from each other.
  return parts.filter((each, at) => parts.findIndex((other) => same(other, each)) === at).slice(0, most);
};

export const sidesAddress = (sides: readonly ObjectRef[]): string =>
  ['/consoles', sides.map(({ namespace, name }) => `${encodeURIComponent(namespace)}~${encodeURIComponent(name)}`).join(',')].filter(Boolean).join('/'); // prettier-ignore

export const same = (one: ObjectRef, other: ObjectRef): boolean =>
  one.namespace === other.namespace && one.name === other.name;
