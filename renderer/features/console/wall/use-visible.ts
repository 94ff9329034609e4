import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';

const subscribe = (listener: () => void): (() => void) => {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
};

/** Whether anybody can see this page: not in a hidden tab or a minimized window. */
export const usePageVisible = (): boolean =>
  useSyncExternalStore(subscribe, () => document.visibilityState !== 'hidden');

/** Which elements (by their `data-key`) are in view; `ref` goes on each of them. */
export function useInView(): {
  inView: ReadonlySet<string>;
  ref: (element: HTMLElement | null) => (() => void) | undefined;
} {
  const [inView, setInView] = useState<ReadonlySet<string>>(new Set());
  const [observer] = useState(
    () =>
      new IntersectionObserver((entries) => {
        setInView((before) => {
          const now = new Set(before);
          for (const { target, isIntersecting } of entries) {
            const key = (target as HTMLElement).dataset['key'] ?? '';
            if (isIntersecting) now.add(key);
            else now.delete(key);
          }
          return now;
        });
      }),
  );
  useEffect(() => () => observer.disconnect(), [observer]);
  const ref = useCallback(
    (element: HTMLElement | null) => {
      if (!element) return undefined;
      observer.observe(element);
      const key = element.dataset['key'] ?? '';
      return () => {
        observer.unobserve(element);
        setInView((before) => new Set([...before].filter((each) => each !== key)));
      };
    },
    [observer],
  );
  return { inView, ref };
}
