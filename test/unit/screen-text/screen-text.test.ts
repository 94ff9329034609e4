import { encode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { screenFonts } from '../../../main/backend/screen-text/fonts.ts';
import type { Fonts } from '../../../main/backend/screen-text/fonts.ts';
import { screenTextOf } from '../../../main/backend/screen-text/screen-text.ts';
import { drawScreen } from '../../support/screen-text.ts';
import type { DrawnCell } from '../../support/screen-text.ts';

let fonts: Fonts;
beforeAll(async () => {
  fonts = await screenFonts();
});

let seed = 20_251_122;
const random = (limit: number): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
};
/** VGA's sixteen colours. */
const palette = [0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa, 0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff]; // prettier-ignore
const character = (glyph: number): string => fonts.glyphs[glyph]?.character ?? '';
const lines = (cells: readonly (readonly DrawnCell[])[]): string[] =>
  cells.map((line) => line.map(({ glyph }) => character(glyph)).join('').trimEnd()); // prettier-ignore
const screen = (rows: number, cols: number, cell: () => DrawnCell): DrawnCell[][] =>
  Array.from({ length: rows }, () => Array.from({ length: cols }, cell));
const written = (text: string, more: Partial<DrawnCell> = {}): DrawnCell[] =>
  [...text.padEnd(80)].map((each) => ({ glyph: each.charCodeAt(0), colour: 0xaaaaaa, ground: 0, ...more }));
const blank = (rows: number): DrawnCell[][] => Array.from({ length: rows }, () => written(''));

describe('the font', () => {
  it('is code page 437, each glyph but the blanks one of its own', () => {
    expect(fonts.glyphs).toHaveLength(256);
    expect(character(65) + character(0xe1) + character(0xc9) + character(0xdb) + character(1)).toBe('Aß╔█☺');
    expect(Array.from({ length: 95 }, (_, index) => character(index + 32)).join('')).toBe(
      Array.from({ length: 95 }, (_, index) => String.fromCharCode(index + 32)).join(''),
    );
  });
});

describe('text of a screen', () => {
  it.each([
    ['720x400, 9x16', { width: 9 }, 25, 80],
    ['640x400, 8x16', { width: 8 }, 25, 80],
    ['1024x768, a framebuffer', { width: 8, channels: 4 }, 48, 128],
    ['1280x800, a framebuffer', { width: 8 }, 50, 160],
    ['1366x768, with a rest at the right', { width: 8, size: [1366, 768] }, 48, 170],
    ['800x600, with a rest below', { width: 8, size: [800, 600] }, 37, 100],
  ] as const)('is read without a fault: %s', async (_name, options, rows, cols) => {
    for (let round = 0; round < 2; round += 1) {
      const cells = screen(rows, cols, () => ({ glyph: random(256), colour: 0xaaaaaa, ground: 0x000000 }));
      for (const cell of [cells[0]?.[0], cells[1]?.[1]]) if (cell) cell.glyph = 0xdb; // one block alone is a cursor
      const { rows: read, ...rest } = await screenTextOf(drawScreen(cells, fonts, options));
      expect(rest).toEqual({ cols, unreadable: 0 });
      expect(read).toEqual(lines(cells));
    }
  });
  it('is read in any two colours a cell', async () => {
    // Not those that are another one turned inside out: in two colours that both may be the ground they are the same picture.
    const turned = new Set(['█', '▀', '▄', '▌', '▐', '░', '▓', '•', '◘', '○', '◙']);
    const glyphs = Array.from({ length: 256 }, (_, glyph) => glyph).filter((glyph) => !turned.has(character(glyph)));
    const cells = screen(25, 80, () => {
      const colour = random(16);
      return { glyph: glyphs[random(glyphs.length)] ?? 0, colour: palette[colour] ?? 0, ground: palette[(colour + 1 + random(15)) % 16] ?? 0 }; // prettier-ignore
    });
    const read = await screenTextOf(drawScreen(cells, fonts));
    expect(read.unreadable).toBe(0);
    expect(read.rows).toEqual(lines(cells));
  });
  it('is read through a cursor: below, half and whole, and where it has blinked away', async () => {
    for (const cursor of [
      [13, 14],
      [14, 15],
      [8, 15],
      [0, 15],
    ] as const) {
      const cells = blank(25);
      cells[3] = written('web login: ');
      cells[3][11] = { glyph: 32, colour: 0xaaaaaa, ground: 0, cursor };
      expect((await screenTextOf(drawScreen(cells, fonts))).rows[3]).toBe('web login:');
    }
    const cells = [written('Edited text'), ...blank(24)];
    cells[0]![2] = { ...cells[0]![2]!, cursor: [13, 14] };
    expect((await screenTextOf(drawScreen(cells, fonts))).rows[0]).toBe('Edited text');
  });
  it('takes highlighted blanks for blanks, and bars for bars', async () => {
    const cells = blank(25);
    cells[1] = written(' Debian GNU/Linux', { colour: 0x000000, ground: 0xaaaaaa });
    cells[5] = written('Loading');
    for (let column = 10; column < 15; column += 1) cells[5][column] = { glyph: 0xdb, colour: 0x55ff55, ground: 0 };
    const { rows, unreadable } = await screenTextOf(drawScreen(cells, fonts));
    expect(rows[1]).toBe(' Debian GNU/Linux');
    expect(rows[5]).toBe('Loading   █████');
    expect(unreadable).toBe(0);
  });
  it('marks and counts what it cannot read, and guesses nothing', async () => {
    const png = drawScreen([written('a known text'), ...blank(24)], fonts);
    const { decode } = await import('fast-png');
    const image = decode(png);
    image.data[(5 * image.width + 9 * 2 + 3) * 3] = 0x12; // one pixel of the third cell
    expect(await screenTextOf(Buffer.from(encode(image)))).toMatchObject({ unreadable: 1, rows: expect.arrayContaining(['a \uFFFDnown text']) as string[] }); // prettier-ignore
    const noise = Uint8Array.from({ length: 720 * 400 * 3 }, () => random(256));
    const read = await screenTextOf(Buffer.from(encode({ width: 720, height: 400, data: noise, channels: 3 })));
    expect(read.unreadable).toBe(25 * read.cols);
    expect(read.rows[0]).toBe('\uFFFD'.repeat(read.cols));
  });
  it('reads pictures in grey and with a palette', async () => {
    const png = drawScreen([written('grey'), ...blank(24)], fonts);
    const { decode } = await import('fast-png');
    const { width, height, data } = decode(png);
    const grey = Uint8Array.from({ length: width * height }, (_, at) => data[at * 3] ?? 0);
    expect((await screenTextOf(Buffer.from(encode({ width, height, data: grey, channels: 1 })))).rows[0]).toBe('grey');
  });
  it('refuses what is no picture, or a giant one, before it is decoded', async () => {
    await expect(screenTextOf(Buffer.from('not a picture'))).rejects.toMatchObject({ problem: { code: 'picture-unreadable' } }); // prettier-ignore
    const giant = drawScreen([written('x')], fonts);
    giant.writeUInt32BE(100_000, 16);
    giant.writeUInt32BE(100_000, 20);
    await expect(screenTextOf(giant)).rejects.toMatchObject({ problem: { detail: 'It has 100000x100000 pixels.' } });
    await expect(screenTextOf(drawScreen([written('x')], fonts).subarray(0, 80))).rejects.toMatchObject({ problem: { code: 'picture-unreadable' } }); // prettier-ignore
  });
});
