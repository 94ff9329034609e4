import { readFileSync } from 'node:fs';

// What Linux calls keys with a meaning of their own (include/uapi/linux/keyboard.h): type in the high byte.
const special: Record<number, number> = {
  1: 0x001b, 14: 0x007f, 15: 0x0009, 28: 0x0201, 29: 0x0702, 42: 0x0700, 54: 0x0700, 56: 0x0703, 57: 0x0020, 100: 0x0701,
}; // prettier-ignore
const hole = 0x0200;
const names: Record<string, string> = {
  space: ' ', exclam: '!', quotedbl: '"', numbersign: '#', dollar: '$', percent: '%', ampersand: '&', apostrophe: "'",
  parenleft: '(', parenright: ')', asterisk: '*', plus: '+', comma: ',', minus: '-', period: '.', slash: '/', colon: ':',
  semicolon: ';', less: '<', equal: '=', greater: '>', question: '?', at: '@', bracketleft: '[', backslash: '\\',
  bracketright: ']', asciicircum: '^', underscore: '_', grave: '`', braceleft: '{', bar: '|', braceright: '}',
  asciitilde: '~', adiaeresis: 'ä', odiaeresis: 'ö', udiaeresis: 'ü', Adiaeresis: 'Ä', Odiaeresis: 'Ö', Udiaeresis: 'Ü',
  ssharp: 'ß', section: '§', degree: '°', mu: 'µ', acute: '´',
}; // prettier-ignore

/**
 * A keyboard layout as busybox' `loadkmap` takes it, made from QEMU's own file of it: another source than the one that our
 * layouts come from. Layers: plain, Shift, AltGr.
 */
export function consoleKeymap(qemuLayout: string): Buffer {
  const text = readFileSync(`/usr/share/qemu/keymaps/${qemuLayout}`, 'utf8');
  const layers = [0, 1, 2].map(() => new Uint16Array(128).fill(hole));
  for (const layer of layers) for (const [code, value] of Object.entries(special)) layer[Number(code)] = value;
  for (const line of text.split('\n')) {
    const [name = '', hex = '', ...held] = line.trim().split(/\s+/);
    const code = Number(hex);
    const sign = name.length === 1 ? name : names[name];
    const layer = layers[held.length === 0 ? 0 : held.join() === 'shift' ? 1 : held.join() === 'altgr' ? 2 : -1];
    const point = sign?.codePointAt(0) ?? 0;
    if (layer && point > 0 && point <= 0xff && code > 0 && code < 128)
      // Letters follow Caps Lock (KT_LETTER), the rest is plain Latin-1.
      layer[code] = (/[a-z]/i.test(sign ?? '') ? 0x0b00 : 0) | point;
  }
  const flags = Buffer.alloc(256);
  for (const at of [0, 1, 2]) flags[at] = 1;
  return Buffer.concat([Buffer.from('bkeymap'), flags, ...layers.map((layer) => Buffer.from(layer.buffer))]);
}
