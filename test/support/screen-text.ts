import { encode } from 'fast-png';
import type { Fonts } from '../../main/backend/screen-text/fonts.ts';

/** A cell as a text screen draws it; `glyph` counts in code page 437, colours are 0xRRGGBB. */
export interface DrawnCell {
  glyph: number;
  colour: number;
  ground: number;
  /** Lines that a cursor fills, from and to. */
  cursor?: readonly [number, number];
}

/** Draws a text screen with the font of the VGA BIOS, as QEMU shows one. `width`: 9 repeats the last column of line graphics. */
export function drawScreen(
  cells: readonly (readonly DrawnCell[])[],
  { glyphs }: Fonts,
  options: { width: 8 | 9; size?: readonly [number, number]; channels?: 3 | 4 } = { width: 9 },
): Buffer {
  const { width: cell, channels = 3 } = options;
  const [width, height] = options.size ?? [(cells[0]?.length ?? 0) * cell, cells.length * 16];
  const data = new Uint8Array(width * height * channels);
  if (channels === 4) data.fill(0xff);
  const put = (x: number, y: number, colour: number): void => {
    const at = (y * width + x) * channels;
    data[at] = colour >> 16;
    data[at + 1] = (colour >> 8) & 0xff;
    data[at + 2] = colour & 0xff;
  };
  for (const [row, line] of cells.entries())
    for (const [column, { glyph, colour, ground, cursor }] of line.entries())
      for (let y = 0; y < 16; y += 1) {
        const bits = glyphs[glyph]?.rows[y] ?? 0;
        const covered = cursor !== undefined && y >= cursor[0] && y <= cursor[1];
        for (let x = 0; x < cell; x += 1) {
          const set = x < 8 ? (bits & (0x80 >> x)) !== 0 : glyph >= 0xc0 && glyph <= 0xdf && (bits & 1) !== 0;
          put(column * cell + x, row * 16 + y, covered || set ? colour : ground);
        }
      }
  return Buffer.from(encode({ width, height, channels, data }));
}
