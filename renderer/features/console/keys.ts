/** One key for `RFB.sendKey`: the X11 keysym, and the physical key where there is one. */
export interface Key {
  keysym: number;
  code: string | null;
}

const control: Key = { keysym: 0xffe3, code: 'ControlLeft' };
const alt: Key = { keysym: 0xffe9, code: 'AltLeft' };
const shift: Key = { keysym: 0xffe1, code: 'ShiftLeft' };
const meta: Key = { keysym: 0xffeb, code: 'MetaLeft' };
const named = (keysym: number, code: string): Key => ({ keysym, code });

/** What the "Send keys" menu offers: pressed in order, released in reverse. `id` is also the text's key. */
export const chords: { id: string; label: string; keys: Key[] }[] = [
  { id: 'ctrl-alt-del', label: 'Ctrl+Alt+Del', keys: [control, alt, named(0xffff, 'Delete')] },
  { id: 'ctrl-alt-backspace', label: 'Ctrl+Alt+Backspace', keys: [control, alt, named(0xff08, 'Backspace')] },
  ...[1, 2, 3, 4, 5, 6, 7].map((n) => ({
    id: `ctrl-alt-f${n}`,
    label: `Ctrl+Alt+F${n}`,
    keys: [control, alt, named(0xffbd + n, `F${n}`)],
  })),
  { id: 'alt-tab', label: 'Alt+Tab', keys: [alt, named(0xff09, 'Tab')] },
  { id: 'alt-f4', label: 'Alt+F4', keys: [alt, named(0xffc1, 'F4')] },
  { id: 'escape', label: 'Esc', keys: [named(0xff1b, 'Escape')] },
  { id: 'super', label: 'Super', keys: [meta] },
  { id: 'print', label: 'Print Screen', keys: [named(0xff61, 'PrintScreen')] },
  { id: 'sysrq-s', label: 'SysRq S', keys: [alt, named(0xff61, 'PrintScreen'), named(0x73, 'KeyS')] },
  { id: 'sysrq-u', label: 'SysRq U', keys: [alt, named(0xff61, 'PrintScreen'), named(0x75, 'KeyU')] },
  { id: 'sysrq-b', label: 'SysRq B', keys: [alt, named(0xff61, 'PrintScreen'), named(0x62, 'KeyB')] },
];

/** Key events of a chord: all down in order, all up in reverse. */
export const press = (keys: Key[]): { key: Key; down: boolean }[] => [
  ...keys.map((key) => ({ key, down: true })),
  ...keys.toReversed().map((key) => ({ key, down: false })),
];

// Physical keys of the US layout: [plain, shifted, code].
const usKeys: [string, string, string][] = [
  ['`', '~', 'Backquote'], ['1', '!', 'Digit1'], ['2', '@', 'Digit2'], ['3', '#', 'Digit3'], ['4', '$', 'Digit4'],
  ['5', '%', 'Digit5'], ['6', '^', 'Digit6'], ['7', '&', 'Digit7'], ['8', '*', 'Digit8'], ['9', '(', 'Digit9'],
  ['0', ')', 'Digit0'], ['-', '_', 'Minus'], ['=', '+', 'Equal'], ['[', '{', 'BracketLeft'], [']', '}', 'BracketRight'],
  ['\\', '|', 'Backslash'], [';', ':', 'Semicolon'], ["'", '"', 'Quote'], [',', '<', 'Comma'], ['.', '>', 'Period'],
  ['/', '?', 'Slash'], [' ', '', 'Space'],
]; // prettier-ignore
const plain = new Map(usKeys.map(([low, , code]) => [low, code]));
const shifted = new Map(usKeys.flatMap(([, high, code]) => (high ? [[high, code] as const] : [])));

/** The keys that type one character on a US keyboard; other characters go as their keysym alone. */
export function typeCharacter(character: string): Key[] {
  if (character === '\n' || character === '\r') return [named(0xff0d, 'Enter')];
  if (character === '\t') return [named(0xff09, 'Tab')];
  const point = character.codePointAt(0) ?? 0;
  if (/[a-z]/.test(character)) return [{ keysym: point, code: `Key${character.toUpperCase()}` }];
  if (/[A-Z]/.test(character)) return [shift, { keysym: point, code: `Key${character}` }];
  const low = plain.get(character);
  if (low) return [{ keysym: point, code: low }];
  const high = shifted.get(character);
  if (high) return [shift, { keysym: point, code: high }];
  // X11: Latin-1 is itself, anything else is its code point above 0x01000000.
  return [{ keysym: point <= 0xff ? point : 0x01000000 + point, code: null }];
}

/** A text as key presses; Windows line ends count once, control characters are left out. */
export const typeText = (text: string): Key[][] =>
  // oxlint-disable-next-line no-control-regex -- exactly those are to go
  [...text.replaceAll('\r\n', '\n').replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '')].map(typeCharacter);
