import { useCallback } from 'react';

const panes = ['[data-pane=steps]', '[data-pane=console]'];

/** F6 goes from the instructions to the console's buttons and back. In a console itself every key is the guest's. */
export function usePanes(): (frame: HTMLElement | null) => void | (() => void) {
  return useCallback((frame: HTMLElement | null) => {
    if (!frame) return;
    const key = (event: KeyboardEvent): void => {
      if (event.key !== 'F6' || event.defaultPrevented) return;
      event.preventDefault();
      const found = panes.map((pane) => frame.querySelector<HTMLElement>(pane));
      const here = found.findIndex((pane) => pane?.contains(document.activeElement));
      const next = found[(here + 1) % found.length];
      const first = next?.querySelector<HTMLElement>(
        ':is(button, a[href], [tabindex]):not(:disabled, [aria-hidden=true], [tabindex="-1"])',
      );
      first?.focus();
    };
    frame.addEventListener('keydown', key);
    return () => frame.removeEventListener('keydown', key);
  }, []);
}
