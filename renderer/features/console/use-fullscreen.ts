import { useEffect, useState } from 'react';

interface KeyboardLock {
  lock?: () => Promise<void>;
  unlock?: () => void;
}
const keyboard = (): KeyboardLock | undefined => (navigator as { keyboard?: KeyboardLock }).keyboard;

/**
 * The whole document goes to full screen and the console covers it, because menus and dialogs hang at the document's end.
 * Where the browser can, keys like Alt+Tab then go to the machine too; holding Escape leaves.
 */
export function useFullscreen(): { on: boolean; toggle: () => void } {
  const [on, setOn] = useState(false);
  useEffect(() => {
    const changed = (): void => {
      const now = document.fullscreenElement !== null;
      setOn(now);
      if (now)
        keyboard()
          ?.lock?.()
          .catch(() => undefined);
      else keyboard()?.unlock?.();
    };
    document.addEventListener('fullscreenchange', changed);
    return () => {
      document.removeEventListener('fullscreenchange', changed);
      if (document.fullscreenElement) void document.exitFullscreen();
    };
  }, []);
  const toggle = (): void =>
    void (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  return { on, toggle };
}
