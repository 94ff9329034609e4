import { useMemo, useState } from 'react';
import { images, useList } from '../../lib/resources.ts';
import { freeImageName } from './names.ts';
import { t } from './text.ts';

const valid = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export interface NameState {
  name: string;
  set: (typed: string) => void;
  error: string | undefined;
}

/** A library name that follows `suggestion` until a person types one. */
export function useName(suggestion: string): NameState {
  const list = useList(images);
  const taken = useMemo(() => new Set(list.items.map((row) => row.name)), [list.items]);
  const [typed, setTyped] = useState<string>();
  const name = typed ?? (suggestion ? freeImageName(suggestion, taken) : '');
  const error =
    name === '' ? undefined : !valid.test(name) ? t('name.bad') : taken.has(name) ? t('name.taken') : undefined;
  return { name, set: setTyped, error };
}
