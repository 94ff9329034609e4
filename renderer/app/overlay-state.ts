import { useSyncExternalStore } from 'react';

export type Overlay = 'palette' | 'shortcuts' | undefined;
let open: Overlay;
const listeners = new Set<() => void>();

/** Which of the shell's overlays is open; one at a time. */
export function openOverlay(next: Overlay): void {
  open = next;
  for (const listener of listeners) listener();
}
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
export const useOverlay = (): Overlay => useSyncExternalStore(subscribe, () => open);
