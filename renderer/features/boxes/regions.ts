import type { Option } from '../../ui/select.tsx';

/** XKB layouts that people use most, with a variant where that is the usual one. Any other can be typed. */
const layouts = [
  ['us', 'English (US)'], ['gb', 'English (UK)'], ['us+intl', 'English (US, international)'], ['us+dvorak', 'English (Dvorak)'],
  ['de', 'German'], ['at', 'German (Austria)'], ['ch', 'German (Switzerland)'], ['ch+fr', 'French (Switzerland)'],
  ['fr', 'French'], ['fr+bepo', 'French (BÉPO)'], ['be', 'Belgian'], ['ca', 'French (Canada)'], ['es', 'Spanish'], ['latam', 'Spanish (Latin America)'],
  ['it', 'Italian'], ['pt', 'Portuguese'], ['br', 'Portuguese (Brazil)'], ['dk', 'Danish'], ['no', 'Norwegian'], ['se', 'Swedish'], ['fi', 'Finnish'],
  ['is', 'Icelandic'], ['pl', 'Polish'], ['cz', 'Czech'], ['sk', 'Slovak'], ['hu', 'Hungarian'], ['si', 'Slovenian'], ['hr', 'Croatian'], ['rs', 'Serbian'],
  ['ro', 'Romanian'], ['bg', 'Bulgarian'], ['gr', 'Greek'], ['tr', 'Turkish'], ['ua', 'Ukrainian'], ['ru', 'Russian'], ['ee', 'Estonian'], ['lv', 'Latvian'],
  ['lt', 'Lithuanian'], ['il', 'Hebrew'], ['ara', 'Arabic'], ['ir', 'Persian'], ['in', 'Indian'], ['jp', 'Japanese'], ['kr', 'Korean'], ['cn', 'Chinese'],
] as const; // prettier-ignore
const tongues = [
  ['en', 'English'], ['de', 'Deutsch'], ['fr', 'Français'], ['es', 'Español'], ['it', 'Italiano'], ['pt', 'Português'], ['pt_BR', 'Português (Brasil)'],
  ['nl', 'Nederlands'], ['da', 'Dansk'], ['nb', 'Norsk bokmål'], ['sv', 'Svenska'], ['fi', 'Suomi'], ['pl', 'Polski'], ['cs', 'Čeština'],
  ['hu', 'Magyar'], ['ro', 'Română'], ['el', 'Ελληνικά'], ['tr', 'Türkçe'], ['uk', 'Українська'], ['ru', 'Русский'], ['ja', '日本語'], ['ko', '한국어'], ['zh_CN', '简体中文'],
] as const; // prettier-ignore

const options = (rows: readonly (readonly [string, string])[], value: string): Option[] => {
  const known = rows.map(([code, label]) => ({ value: code, label, detail: code }));
  return known.some((each) => each.value === value) || value === '' ? known : [{ value, label: value }, ...known];
};
/** `value` is among them even when it is an unusual one. */
export const keyboards = (value: string): Option[] => options(layouts, value);
export const languages = (value: string): Option[] => options(tongues, value);
export function timeZones(value: string): Option[] {
  const all = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
  const shown = all.includes(value) || value === '' ? all : [value, ...all];
  return shown.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }));
}

/** Of this computer: most likely those of the box too. */
export function here(): { timeZone: string; language: string; keyboard: string } {
  const tag = navigator.language.replace('-', '_');
  const short = tag.split('_')[0] ?? 'en';
  const language = tongues.find(([code]) => code === tag)?.[0] ?? tongues.find(([code]) => code === short)?.[0] ?? 'en';
  const country = tag.split('_')[1]?.toLowerCase();
  const keyboard =
    layouts.find(([code]) => code === country)?.[0] ?? layouts.find(([code]) => code === short)?.[0] ?? 'us';
  return { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC', language, keyboard };
}
