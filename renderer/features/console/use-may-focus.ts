import { useCallback, useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/**
 * Whether a console that connects may take the keyboard. Alone on its page it may; `beside` something else only while the
 * keyboard was in it last, wherever it is now: a form that is gone leaves it nowhere. `bar` is a child of the console.
 */
export function useMayFocus(bar: RefObject<HTMLElement | null>, beside: boolean): () => boolean {
  const inside = useRef(!beside);
  useEffect(() => {
    inside.current = !beside;
    if (!beside) return undefined;
    const moved = ({ target }: FocusEvent): void => {
      inside.current = target instanceof Node && (bar.current?.parentElement?.contains(target) ?? false);
    };
    document.addEventListener('focusin', moved);
    return () => document.removeEventListener('focusin', moved);
  }, [bar, beside]);
  return useCallback(() => inside.current, []);
}
