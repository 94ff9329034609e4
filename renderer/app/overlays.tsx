import { lazy, Suspense } from 'react';
import { openOverlay, useOverlay } from './overlay-state.ts';
import { useShortcuts } from './use-shortcuts.ts';

const Palette = lazy(() => import('./palette.tsx').then((m) => ({ default: m.Palette })));
const ShortcutsHelp = lazy(() => import('./shortcuts-help.tsx').then((m) => ({ default: m.ShortcutsHelp })));
const close = (): void => openOverlay(undefined);

export function Overlays() {
  const open = useOverlay();
  useShortcuts();
  return (
    <Suspense>
      {open === 'palette' && <Palette onClose={close} />}
      {open === 'shortcuts' && <ShortcutsHelp onClose={close} />}
    </Suspense>
  );
}
