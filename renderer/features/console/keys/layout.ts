import { altGr, enter, key, keysymOf, shift, tab } from './key.ts';
import type { Key } from './key.ts';

/** One keyboard layout: per physical key what it types plain, with Shift, with AltGr, with both. */
export interface Layout {
  readonly name: string;
  readonly xkb: string;
  readonly keys: Readonly<Record<string, readonly string[]>>;
}
export type Layouts = Readonly<Record<string, Layout>>;

/** A text as presses, one entry a character; a dead key and its letter are two presses of one character. */
export interface Typed {
  characters: readonly (readonly (readonly Key[])[])[];
  /** What this layout cannot type, where it stands (both from 1). */
  unmappable: readonly { character: string; line: number; column: number }[];
}

const held: readonly (readonly Key[])[] = [[], [shift], [altGr], [shift, altGr]];
/** X11 keysyms of the dead keys, by the combining character that they add. */
const deadSyms: Readonly<Record<string, number>> = {
  '\u0300': 0xfe50, '\u0301': 0xfe51, '\u0302': 0xfe52, '\u0303': 0xfe53, '\u0304': 0xfe54, '\u0306': 0xfe55,
  '\u0307': 0xfe56, '\u0308': 0xfe57, '\u030a': 0xfe58, '\u030b': 0xfe59, '\u030c': 0xfe5a, '\u0327': 0xfe5b,
  '\u0328': 0xfe5c, '\u0323': 0xfe60,
}; // prettier-ignore
/** A dead key before a space gives the sign itself; for others than these the systems do not agree on which. */
const alone: Readonly<Record<string, string>> = { '^': '\u0302', '`': '\u0300', '~': '\u0303' };
/** Keys that keyboards of some countries have and others lack: used where the sign is nowhere else. */
const extraKeys = new Set(['IntlBackslash', 'IntlRo', 'IntlYen']);

/** Character (or dead key's combining character) -> its keys, the easiest where there are several. */
function keysByCharacter(layout: Layout): Map<string, { keys: readonly Key[]; cost: number }> {
  const found = new Map<string, { keys: readonly Key[]; cost: number }>();
  for (const [code, signs] of Object.entries(layout.keys))
    for (const [level, sign] of signs.entries()) {
      const cost = level + (extraKeys.has(code) ? 1.5 : 0);
      if (sign === '' || (found.get(sign)?.cost ?? Infinity) <= cost) continue;
      found.set(sign, { cost, keys: [...(held[level] ?? []), key(deadSyms[sign] ?? keysymOf(sign), code)] });
    }
  return found;
}

/** What to press in a guest with this layout to get the text. Windows line ends count once. Pure. */
export function typeWith(layout: Layout, text: string): Typed {
  const keys = keysByCharacter(layout);
  const single = (sign: string | undefined): readonly Key[] | undefined =>
    sign === undefined ? undefined : keys.get(sign)?.keys;
  function strokesOf(character: string): (readonly Key[])[] | undefined {
    if (character === '\n') return [[enter]];
    if (character === '\t') return [[tab]];
    const direct = single(character);
    if (direct) return [direct];
    const dead = single(alone[character]);
    const space = single(' ');
    if (dead && space) return [dead, space];
    const [base, mark, more] = character.normalize('NFD');
    const accent = mark === undefined || more !== undefined ? undefined : single(mark);
    const letter = single(base);
    return accent && letter && [accent, letter];
  }
  const characters: (readonly (readonly Key[])[])[] = [];
  const unmappable: { character: string; line: number; column: number }[] = [];
  let line = 1;
  let column = 1;
  for (const character of text.replaceAll(/\r\n?/g, '\n').normalize('NFC')) {
    const strokes = strokesOf(character);
    if (strokes) characters.push(strokes);
    else unmappable.push({ character, line, column });
    column = character === '\n' ? 1 : column + 1;
    if (character === '\n') line += 1;
  }
  return { characters, unmappable };
}

/** A character as a list can show it: those that are not seen by their number. */
export function shownCharacter(character: string): string {
  const point = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return /^[\p{C}\p{Z}\p{M}]$/u.test(character) ? point : `${character} (${point})`;
}

/** The layouts, fetched when they are first needed. */
export async function loadLayouts(): Promise<Layouts> {
  return (await import('../../../../assets/keymaps/keymaps.json', { with: { type: 'json' } })).default;
}
