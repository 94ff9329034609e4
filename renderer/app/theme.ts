import type { Settings } from '../../main/contract/settings.ts';

export type Theme = Settings['theme'];
const key = 'hearth.theme';

/** Shows a theme now, and remembers it for the first paint of the next start. `system` leaves it to the browser. */
export function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Barred storage: the theme comes with the settings a moment later.
  }
}
export function rememberedTheme(): Theme {
  try {
    const theme = localStorage.getItem(key);
    return theme === 'dark' || theme === 'light' ? theme : 'system';
  } catch {
    return 'system';
  }
}
