import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { typing } from '../lib/typing.ts';
import { openOverlay } from './overlay-state.ts';

const places: Readonly<Record<string, string>> = {
  h: '/',
  m: '/machines',
  i: '/images',
  l: '/labs',
  p: '/appliance',
  t: '/targets',
  a: '/activity',
  s: '/settings',
};

/** Ctrl+K anywhere but in a guest's console; `?`, `c`, and `g` with a letter where nobody types. */
export function useShortcuts(): void {
  const [, go] = useLocation();
  useEffect(() => {
    let afterG = false;
    const onKey = (event: KeyboardEvent): void => {
      const inGuest = event.target instanceof Element && event.target.closest('.xterm, canvas, [data-keys=guest]');
      const chord = event.ctrlKey || event.metaKey;
      if (chord && event.key.toLowerCase() === 'k' && !inGuest) {
        event.preventDefault();
        openOverlay('palette');
        return;
      }
      if (chord || event.altKey || typing(event.target) || document.querySelector('[role=dialog]')) return;
      const to = afterG ? places[event.key] : event.key === 'c' ? '/machines/new' : undefined;
      afterG = !afterG && event.key === 'g';
      if (event.key === '?') openOverlay('shortcuts');
      else if (to !== undefined) go(to);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [go]);
}
