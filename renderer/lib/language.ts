import type { Language, Settings } from '../../main/contract/settings.ts';
import { speak } from './text.ts';
import type { Words } from './text.ts';

/** Each by its own name, in the order in which they are offered. */
export const languages: readonly { readonly code: Language; readonly name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'de', name: 'Deutsch' },
  { code: 'es', name: 'Español' },
  { code: 'fr', name: 'Français' },
  { code: 'ja', name: '日本語' },
  { code: 'zh', name: '简体中文' },
];
/** English comes with each page; the others whole. */
const load: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ words: Words }>>> = {
  de: () => import('./languages/de.ts'),
  es: () => import('./languages/es.ts'),
  fr: () => import('./languages/fr.ts'),
  ja: () => import('./languages/ja.ts'),
  zh: () => import('./languages/zh.ts'),
};
const key = 'hearth.language';
let current: Language = 'en';

/** What is spoken now. */
export const language = (): Language => current;
/** The `lang` of what Hearth itself reports, which is written in English; undefined where the page is, too. */
export const reportedIn = (): 'en' | undefined => (current === 'en' ? undefined : 'en');
/** For Intl: what the computer is set to where it is of that language (en-GB writes its dates differently from en-US). */
export const localeTag = (): string =>
  navigator.languages.find((tag) => tag.toLowerCase().split('-')[0] === current) ?? current;

const isLanguage = (text: string | null | undefined): text is Language => languages.some(({ code }) => code === text);
/** `system`: the first of the computer's that Hearth has. */
const languageFor = (setting: Settings['language']): Language =>
  setting === 'system'
    ? (navigator.languages.map((tag) => tag.toLowerCase().split('-')[0]).find(isLanguage) ?? 'en')
    : setting;

function remembered(): Settings['language'] {
  try {
    const text = localStorage.getItem(key);
    return isLanguage(text) ? text : 'system';
  } catch {
    return 'system';
  }
}

/** Call before any page is made: from then on all words are of the language that was chosen. */
export async function loadLanguage(): Promise<void> {
  const wanted = languageFor(remembered());
  if (wanted === 'en') return;
  try {
    speak(wanted, (await load[wanted]()).words);
  } catch {
    return; // Its file cannot be had: English stays.
  }
  current = wanted;
  document.documentElement.lang = wanted;
}

/** Remembers the choice for the next start; another language than the one that is shown begins the pages anew. */
export function showLanguage(setting: Settings['language']): void {
  if (remembered() === setting) return;
  try {
    localStorage.setItem(key, setting);
  } catch {
    return; // Barred storage: the next page would not know of it either.
  }
  if (languageFor(setting) !== current) window.location.reload();
}
