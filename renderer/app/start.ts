import type { Dial } from '../lib/client.ts';
import { loadLanguage } from '../lib/language.ts';
import { watchNavigation } from '../lib/page-focus.ts';
import '../styles/base.css';
import { rememberedTheme, showTheme } from './theme.ts';

/** Puts the pages on the screen, over whatever way to a backend it is given. */
export async function start(dial: Dial): Promise<void> {
  showTheme(rememberedTheme());
  watchNavigation();
  const root = document.getElementById('root');
  if (!root) throw new Error('The page has no #root.');
  // Pages may keep words from the moment they are loaded: the language comes first.
  await loadLanguage();
  const { mount } = await import('./mount.tsx');
  mount(root, dial);
}
