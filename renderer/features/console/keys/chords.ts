import { alt, altGr, control, enter, key, meta, print, shift, tab } from './key.ts';
import type { Key } from './key.ts';

/** Keys pressed together. */
export interface Chord {
  id: string;
  label: string;
  keys: Key[];
}

// Names as people write them, in lower case: what `parseChord` takes.
const names = new Map<string, Key>([
  ['ctrl', control],
  ['control', control],
  ['alt', alt],
  ['shift', shift],
  ['super', meta],
  ['win', meta],
  ['meta', meta],
  ['cmd', meta],
  ['altgr', altGr],
  ['sysrq', print],
  ['print', print],
  ['printscreen', print],
  ['enter', enter],
  ['return', enter],
  ['tab', tab],
  ['space', key(0x20, 'Space')],
  ['esc', key(0xff1b, 'Escape')],
  ['escape', key(0xff1b, 'Escape')],
  ['backspace', key(0xff08, 'Backspace')],
  ['del', key(0xffff, 'Delete')],
  ['delete', key(0xffff, 'Delete')],
  ['insert', key(0xff63, 'Insert')],
  ['home', key(0xff50, 'Home')],
  ['end', key(0xff57, 'End')],
  ['pageup', key(0xff55, 'PageUp')],
  ['pagedown', key(0xff56, 'PageDown')],
  ['left', key(0xff51, 'ArrowLeft')],
  ['up', key(0xff52, 'ArrowUp')],
  ['right', key(0xff53, 'ArrowRight')],
  ['down', key(0xff54, 'ArrowDown')],
  ['pause', key(0xff13, 'Pause')],
  ['scrolllock', key(0xff14, 'ScrollLock')],
  ['capslock', key(0xffe5, 'CapsLock')],
  ['numlock', key(0xff7f, 'NumLock')],
  ['menu', key(0xff67, 'ContextMenu')],
  ...Array.from({ length: 12 }, (_, n) => [`f${n + 1}`, key(0xffbe + n, `F${n + 1}`)] as const),
  ...Array.from('abcdefghijklmnopqrstuvwxyz', (c) => [c, key(c.charCodeAt(0), `Key${c.toUpperCase()}`)] as const),
  ...Array.from('0123456789', (c) => [c, key(c.charCodeAt(0), `Digit${c}`)] as const),
]);

export type ParsedChord = { keys: Key[] } | { unknown: string } | undefined;

/**
 * "Ctrl+Shift+Esc" as keys. Letters and digits are keys by their place on a US keyboard. Undefined: nothing was written;
 * `unknown` names the first word that is no key.
 */
export function parseChord(text: string): ParsedChord {
  const words = text.split('+').map((word) => word.trim());
  if (words.every((word) => word === '')) return undefined;
  const keys: Key[] = [];
  for (const word of words) {
    const found = names.get(word.toLowerCase().replaceAll(/[\s_-]/g, ''));
    if (!found) return { unknown: word === '' ? '+' : word };
    // SysRq is what PrintScreen becomes while Alt is held.
    if (word.toLowerCase() === 'sysrq' && !keys.includes(alt)) keys.push(alt);
    if (!keys.includes(found)) keys.push(found);
  }
  return { keys };
}

const chord = (label: string): Chord => {
  const parsed = parseChord(label);
  if (!parsed || !('keys' in parsed)) throw new TypeError(`${label} is no key combination`);
  return { id: label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), label, keys: parsed.keys };
};

/** Those that one's own system would take. */
export const common: readonly Chord[] = [
  'Ctrl+Alt+Del',
  'Ctrl+Alt+Backspace',
  'Alt+Tab',
  'Alt+F4',
  'Ctrl+Esc',
  'Esc',
  'Super',
  'Print Screen',
].map(chord);

/** The text consoles of Linux. */
export const consoles: readonly Chord[] = Array.from({ length: 12 }, (_, n) => chord(`Ctrl+Alt+F${n + 1}`));

/**
 * Linux' SysRq keys: https://docs.kernel.org/admin-guide/sysrq.html. The kernel's `kernel.sysrq` decides which it obeys.
 * `harsh`: ends programs or the whole machine at once.
 */
export const sysrq: readonly (Chord & { letter: string; harsh: boolean })[] = [
  ...'bcdefhijklmnopqrstuvwz0123456789',
].map((letter) => ({
  ...chord(`SysRq+${letter.toUpperCase()}`),
  letter,
  harsh: 'bceiof'.includes(letter),
}));
