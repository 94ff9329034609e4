import { useEffect, useRef } from 'react';

/** Dialogs give the focus back within a frame or two of their end. */
const givenBackMs = 120;

let navigated = false;

/** Call once at the start: remembers that the next page heading was reached by a navigation. */
export function watchNavigation(): void {
  window.addEventListener('hashchange', () => {
    navigated = true;
  });
}

/** Focuses a page's heading after a navigation, so that keyboard and screen reader go on there; not on first load. */
export function focusAfterNavigation(heading: HTMLElement | null): void {
  if (!navigated || !heading) return;
  navigated = false;
  heading.focus({ preventScroll: true });
  // A palette or dialog that led here gives the focus back to its opener when it has closed, which may be after us.
  setTimeout(() => {
    const page = heading.closest('main');
    const active = document.activeElement;
    const lost = active === page || !page?.contains(active);
    if (lost && heading.isConnected && !document.querySelector('[role="dialog"]'))
      heading.focus({ preventScroll: true });
  }, givenBackMs);
}

/**
 * Where a page becomes another one under the same address, what was pressed may be gone with it: then the keyboard goes on
 * at the new heading. `what`: names what is shown.
 */
export function useFocusKept(what: string): void {
  const before = useRef(what);
  useEffect(() => {
    if (before.current === what) return undefined;
    before.current = what;
    let tries = 0;
    // What is shown now may have to be loaded first.
    const timer = setInterval(() => {
      const lost = document.activeElement === document.body || document.activeElement === null;
      const heading = document.querySelector<HTMLElement>('main h1[tabindex]');
      if (lost) heading?.focus({ preventScroll: true });
      if (!lost || heading || (tries += 1) > 20) clearInterval(timer);
    }, givenBackMs);
    return () => clearInterval(timer);
  }, [what]);
}
