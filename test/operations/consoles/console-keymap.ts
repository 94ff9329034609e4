import { readFileSync } from 'node:fs';
import type { Layout } from '../../../renderer/features/console/keys/layout.ts';
import { typeWith } from '../../../renderer/features/console/keys/layout.ts';

// What Linux calls keys with a meaning of their own (include/uapi/linux/keyboard.h): type in the high byte.
const special: Record<number, number> = {
  1: 0x001b, 14: 0x007f, 15: 0x0009, 28: 0x0201, 29: 0x0702, 42: 0x0700, 54: 0x0700, 56: 0x0703, 57: 0x0020, 100: 0x0701,
}; // prettier-ignore
const hole = 0x0200;
const ascii =
  'space exclam quotedbl numbersign dollar percent ampersand apostrophe parenleft parenright asterisk plus comma minus period slash ' +
  '0 1 2 3 4 5 6 7 8 9 colon semicolon less equal greater question at ' +
  'A B C D E F G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright asciicircum underscore grave ' +
  'a b c d e f g h i j k l m n o p q r s t u v w x y z braceleft bar braceright asciitilde';
const latin =
  'nobreakspace exclamdown cent sterling currency yen brokenbar section diaeresis copyright ordfeminine guillemotleft notsign ' +
  'hyphen registered macron degree plusminus twosuperior threesuperior acute mu paragraph periodcentered cedilla onesuperior ' +
  'masculine guillemotright onequarter onehalf threequarters questiondown ' +
  'Agrave Aacute Acircumflex Atilde Adiaeresis Aring AE Ccedilla Egrave Eacute Ecircumflex Ediaeresis Igrave Iacute Icircumflex ' +
  'Idiaeresis ETH Ntilde Ograve Oacute Ocircumflex Otilde Odiaeresis multiply Oslash Ugrave Uacute Ucircumflex Udiaeresis Yacute ' +
  'THORN ssharp agrave aacute acircumflex atilde adiaeresis aring ae ccedilla egrave eacute ecircumflex ediaeresis igrave iacute ' +
  'icircumflex idiaeresis eth ntilde ograve oacute ocircumflex otilde odiaeresis division oslash ugrave uacute ucircumflex ' +
  'udiaeresis yacute thorn ydiaeresis';
/** X11's names of Latin-1, which are in the order of its numbers (X11/keysymdef.h). */
const points: Record<string, number> = Object.fromEntries([
  ...ascii.split(' ').map((name, at) => [name, 0x20 + at] as const),
  ...latin.split(' ').map((name, at) => [name, 0xa0 + at] as const),
]);
/** The accents that every Linux console composes (KT_DEAD), by the combining character they add. */
const dead = new Set(['\u0300', '\u0301', '\u0302', '\u0303', '\u0308', '\u0327']);
const deadNames: Record<string, number> = { dead_grave: 0x0400, dead_acute: 0x0401, dead_circumflex: 0x0402, dead_tilde: 0x0403, dead_diaeresis: 0x0404, dead_cedilla: 0x0405 }; // prettier-ignore

/**
 * A keyboard layout as busybox' `loadkmap` takes it, made from QEMU's own file of it: another source than the one that our
 * layouts come from. Layers: plain, Shift, AltGr.
 */
export function consoleKeymap(qemuLayout: string): Buffer {
  const text = readFileSync(`/usr/share/qemu/keymaps/${qemuLayout}`, 'utf8');
  const layers = [0, 1, 2].map(() => new Uint16Array(128).fill(hole));
  for (const layer of layers) for (const [code, value] of Object.entries(special)) layer[Number(code)] = value;
  let code = 0;
  for (const line of text.split('\n')) {
    // The kernel's number of the key: QEMU's own differs for the keys that few keyboards have.
    code = Number(/^# evdev (\d+)/.exec(line)?.[1] ?? code);
    const [name = '', , ...held] = line.trim().split(/\s+/);
    const value = deadNames[name] ?? points[name];
    const layer = layers[held.length === 0 ? 0 : held.join() === 'shift' ? 1 : held.join() === 'altgr' ? 2 : -1];
    if (layer && value !== undefined && code > 0 && code < 128)
      // Letters follow Caps Lock (KT_LETTER), the rest is plain Latin-1.
      layer[code] = (/^[a-z]$/i.test(name) ? 0x0b00 : 0) | value;
  }
  const flags = Buffer.alloc(256);
  for (const at of [0, 1, 2]) flags[at] = 1;
  return Buffer.concat([Buffer.from('bkeymap'), flags, ...layers.map((layer) => Buffer.from(layer.buffer))]);
}

/** Twelve layouts of ours whose file at QEMU is of the same variant, and speaks Latin-1, which is what a console's keymap can. */
export const sameAsQemu: Readonly<Record<string, string>> = {
  us: 'en-us', gb: 'en-gb', 'de-nodeadkeys': 'de', 'de-ch': 'de-ch', 'fr-be': 'fr-be', 'fr-ch': 'fr-ch', es: 'es', it: 'it',
  pt: 'pt', 'pt-br': 'pt-br', no: 'no', da: 'da',
}; // prettier-ignore

/**
 * All printable characters of Latin-1 that the layout types with the layers that `consoleKeymap` has: plain, Shift, AltGr, and
 * the accents that a console composes.
 */
export function printable(layout: Layout): string {
  const all = [...Array(0x5f).keys()].map((n) => 0x20 + n).concat([...Array(0x5f).keys()].map((n) => 0xa1 + n));
  const marks = new Map(Object.entries(layout.keys).flatMap(([code, signs]) => signs.map((sign, level) => [`${code}/${level}`, sign] as const))); // prettier-ignore
  return all
    .map((point) => String.fromCharCode(point))
    .filter((character) => {
      const [strokes] = typeWith(layout, character).characters;
      return strokes?.every((keys) => {
        const held = keys.slice(0, -1).map((key) => key.code);
        const level = (held.includes('ShiftLeft') ? 1 : 0) + (held.includes('AltRight') ? 2 : 0);
        const sign = marks.get(`${keys.at(-1)?.code}/${level}`) ?? '';
        return level < 3 && (!/\p{M}/u.test(sign) || dead.has(sign));
      });
    })
    .join('');
}
