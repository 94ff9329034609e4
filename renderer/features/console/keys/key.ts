/** One key for `RFB.sendKey`: the X11 keysym, and the physical key where there is one. */
export interface Key {
  keysym: number;
  code: string | null;
}

export const key = (keysym: number, code: string | null): Key => ({ keysym, code });

export const control = key(0xffe3, 'ControlLeft');
export const alt = key(0xffe9, 'AltLeft');
export const shift = key(0xffe1, 'ShiftLeft');
export const meta = key(0xffeb, 'MetaLeft');
export const altGr = key(0xfe03, 'AltRight');
export const enter = key(0xff0d, 'Enter');
export const tab = key(0xff09, 'Tab');
/** PrintScreen; with Alt held it is SysRq. */
export const print = key(0xff61, 'PrintScreen');

/** Everything that could be left down when typing is broken off. */
export const modifiers: readonly Key[] = [
  shift,
  key(0xffe2, 'ShiftRight'),
  control,
  key(0xffe4, 'ControlRight'),
  alt,
  altGr,
  meta,
  key(0xffec, 'MetaRight'),
];

/** X11 keysym of a character: Latin-1 is itself, anything else its code point above 0x01000000. */
export function keysymOf(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  return point <= 0xff ? point : 0x01000000 + point;
}

/** Key events of keys pressed together: all down in order, all up in reverse. */
export const press = (keys: readonly Key[]): { key: Key; down: boolean }[] => [
  ...keys.map((each) => ({ key: each, down: true })),
  ...keys.toReversed().map((each) => ({ key: each, down: false })),
];
