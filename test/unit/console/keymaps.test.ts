import { describe, expect, it } from 'vitest';
import keymaps from '../../../assets/keymaps/keymaps.json' with { type: 'json' };
import { loadLayouts, shownCharacter, typeWith } from '../../../renderer/features/console/keys/layout.ts';
import type { Layout, Layouts } from '../../../renderer/features/console/keys/layout.ts';

const layouts = keymaps as Layouts;
const layout = (id: string): Layout => {
  const found = layouts[id];
  if (!found) throw new Error(`no layout ${id}`);
  return found;
};
/** "ShiftLeft+KeyB" for each press. */
const presses = (id: string, text: string): string[] =>
  typeWith(layout(id), text).characters.flatMap((strokes) =>
    strokes.map((keys) => keys.map((key) => key.code).join('+')),
  );
const ascii = Array.from({ length: 0x7f - 0x20 }, (_, n) => String.fromCharCode(0x20 + n));

/** What a guest with this layout would show: the presses read back through the layout, dead keys composed. */
function readBack(id: string, text: string): string {
  const { keys } = layout(id);
  let shown = '';
  let dead = '';
  for (const strokes of typeWith(layout(id), text).characters)
    for (const stroke of strokes) {
      const code = stroke.at(-1)?.code ?? '';
      const held = stroke.slice(0, -1).map((key) => key.code);
      const level = (held.includes('ShiftLeft') ? 1 : 0) + (held.includes('AltRight') ? 2 : 0);
      const sign = code === 'Enter' ? '\n' : code === 'Tab' ? '\t' : (keys[code]?.[level] ?? '?');
      if (/\p{M}/u.test(sign)) dead = sign;
      else if (dead !== '' && sign === ' ') {
        shown += { '\u0302': '^', '\u0300': '`', '\u0303': '~' }[dead] ?? '?';
        dead = '';
      } else {
        shown += (sign + dead).normalize('NFC');
        dead = '';
      }
    }
  return shown;
}

describe('keyboard layouts', () => {
  it('are at least twelve, loaded by the page as they are on disk', async () => {
    expect(Object.keys(layouts).length).toBeGreaterThanOrEqual(30);
    for (const id of [
      'us',
      'gb',
      'de',
      'de-ch',
      'fr',
      'fr-be',
      'es',
      'it',
      'pt',
      'pt-br',
      'sv',
      'da',
      'no',
      'fi',
      'pl',
      'cz',
      'hu',
      'tr',
      'jp',
      'us-dvorak',
      'ru',
    ])
      // prettier-ignore
      expect(Object.keys(layouts)).toContain(id);
    expect(await loadLayouts()).toEqual(layouts);
  });

  it.each(Object.keys(layouts).filter((id) => id !== 'ru'))(
    '%s types every printable ASCII sign, and a guest reads the same back',
    (id) => {
      const { characters, unmappable } = typeWith(layout(id), ascii.join(''));
      expect(unmappable).toEqual([]);
      expect(characters).toHaveLength(ascii.length);
      for (const strokes of characters)
        for (const keys of strokes) for (const key of keys) expect(key.code).not.toBeNull();
      expect(readBack(id, ascii.join(''))).toBe(ascii.join(''));
    },
  );

  it('use keys by their place, AltGr and dead keys as the layout has them', () => {
    expect(presses('us', 'aB_1!\n\t')).toEqual([
      'KeyA', 'ShiftLeft+KeyB', 'ShiftLeft+Minus', 'Digit1', 'ShiftLeft+Digit1', 'Enter', 'Tab',
    ]); // prettier-ignore
    expect(presses('de', 'yz{@\\|')).toEqual([
      'KeyZ', 'KeyY', 'AltRight+Digit7', 'AltRight+KeyQ', 'AltRight+Minus', 'AltRight+IntlBackslash',
    ]); // prettier-ignore
    expect(presses('de', '^é')).toEqual(['Backquote', 'Space', 'Equal', 'KeyE']);
    expect(presses('fr', 'a1é')).toEqual(['KeyQ', 'ShiftLeft+Digit1', 'Digit2']);
    expect(presses('fr', 'ê')).toEqual(['BracketLeft', 'KeyE']);
    expect(presses('es', 'Á')).toEqual(['Quote', 'ShiftLeft+KeyA']);
    expect(presses('us-dvorak', 'hi')).toEqual(['KeyJ', 'KeyG']);
  });

  it('do not press a key that many keyboards lack where another one has the sign', () => {
    expect(presses('us', '<>')).toEqual(['ShiftLeft+Comma', 'ShiftLeft+Period']);
    expect(presses('de', '<')).toEqual(['IntlBackslash']);
  });

  it.each([
    ['de', 'Größe: 5 € für ÄÖÜ, µ² & … é à ô? ³'],
    ['fr', 'Où est le château ? À 5 €, ça ! Noël & naïf, & 2²'],
    ['es', '¿Dónde está el niño? ¡Aquí! Çedilla: ç, pingüino, 1º 2ª'],
    ['pl', 'Zażółć gęślą jaźń'],
    ['cz', 'Příliš žluťoučký kůň úpěl ďábelské ódy'],
    ['hu', 'Árvíztűrő tükörfúrógép'],
    ['tr', 'Pijamalı hasta yağız şoföre çabucak güvendi İ'],
    ['pt-br', 'À noite, vovô Kowalsky vê o ímã cair no pé do pinguim; ação'],
    ['ru', 'Съешь же ещё этих мягких французских булок.\n'],
  ])('%s types its own language', (id, text) => {
    expect(typeWith(layout(id), text).unmappable).toEqual([]);
    expect(readBack(id, text)).toBe(text);
  });

  it('names what cannot be typed, with its place, before anything is typed', () => {
    const { characters, unmappable } = typeWith(layout('us'), 'ok é\r\n漢 \u0007x😀');
    expect(unmappable).toEqual([
      { character: 'é', line: 1, column: 4 },
      { character: '漢', line: 2, column: 1 },
      { character: '\u0007', line: 2, column: 3 },
      { character: '😀', line: 2, column: 5 },
    ]);
    expect(characters).toHaveLength(6);
    expect(typeWith(layout('ru'), 'ls').unmappable.map((each) => each.character)).toEqual(['l', 's']);
    expect(['é', '\u0007', '\u00a0'].map(shownCharacter)).toEqual(['é (U+00E9)', 'U+0007', 'U+00A0']);
  });

  it('take a text that spells its accents apart as the same one', () => {
    expect(presses('de', 'u\u0308')).toEqual(presses('de', 'ü'));
  });
});
