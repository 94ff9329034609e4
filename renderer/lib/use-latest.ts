import { useLayoutEffect, useRef } from 'react';
import type { RefObject } from 'react';

/** A ref to the latest value, for callbacks that must stay the same function. Not for reading while rendering. */
export function useLatest<T>(value: T): RefObject<T> {
  const ref = useRef(value);
  useLayoutEffect(() => {
    ref.current = value;
  });
  return ref;
}
