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
}
