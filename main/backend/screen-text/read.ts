import type { ScreenText } from '../../contract/consoles.ts';
import { fingerprint, glyphHeight } from './fonts.ts';
import type { Fonts } from './fonts.ts';
import type { Picture } from './picture.ts';

export const unknownCharacter = '\uFFFD';
const fullBlock = '█';

interface Reading {
  character: string;
  ground: number;
}
/** What a cell may be. Which of two colours is the ground is not known yet. */
type Cell = { kind: 'plain'; colour: number } | { kind: 'glyph'; readings: readonly Reading[] } | { kind: 'unknown' };

/**
 * Reads the text off a picture of a text screen: cells of 8x16 pixels from the upper left corner (9x16 where VGA's text modes
 * have 9), any two colours a cell, compared glyph by glyph with the fonts: no guessing. A cursor below or over a character is
 * looked through; what blinks and is away just now is a blank. Pure.
 */
export function readScreen(picture: Picture, fonts: Fonts): ScreenText {
  const widths = picture.width % 9 === 0 && [40, 80, 132].includes(picture.width / 9) ? [9, 8] : [8];
  const print = cached(fingerprint);
  const covered = cached((bits) => underCursor(bits, fonts));
  let best: ScreenText | undefined;
  for (const width of widths) {
    const cells = cellsOf(picture, width);
    for (const map of fonts.maps) {
      const text = readWith(cells, (bits) => map.get(print(bits)) ?? covered(bits));
      if (!best || text.unreadable < best.unreadable) best = text;
      if (best.unreadable === 0) return best;
    }
  }
  return best ?? { rows: [], cols: 0, unreadable: 0 };
}

/** The same, asked once for each glyph: most cells of a screen are alike. */
function cached<T>(of: (bits: Uint8Array) => T): (bits: Uint8Array) => T {
  const known = new Map<string, T>();
  return (bits) => {
    const key = String.fromCharCode(...bits);
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = of(bits);
    known.set(key, made);
    return made;
  };
}

interface Grid {
  cols: number;
  rows: number;
  /** Of each cell: its colours (none: more than two), and its pixels as bits of the second colour. */
  cells: readonly ({ colours: readonly [number] | readonly [number, number]; bits: Uint8Array } | undefined)[];
}

function cellsOf(picture: Picture, width: number): Grid {
  const cols = Math.floor(picture.width / width);
  const rows = Math.floor(picture.height / glyphHeight);
  const cells = Array.from({ length: cols * rows }, (_, index) =>
    cellAt(picture, (index % cols) * width, Math.floor(index / cols) * glyphHeight, width),
  );
  return { cols, rows, cells };
}

function cellAt({ width: line, colours }: Picture, left: number, top: number, width: number): Grid['cells'][number] {
  const first = colours[top * line + left] ?? 0;
  let second: number | undefined;
  const bits = new Uint8Array(glyphHeight);
  for (let y = 0; y < glyphHeight; y += 1) {
    const start = (top + y) * line + left;
    let row = 0;
    for (let x = 0; x < 8; x += 1) {
      const colour = colours[start + x] ?? 0;
      if (colour === first) continue;
      second ??= colour;
      if (colour !== second) return undefined;
      row |= 0x80 >> x;
    }
    bits[y] = row;
  }
  // VGA's ninth column is of the ground, for signs that touch each other the eighth once more, or the cursor's.
  for (let y = 0; width === 9 && y < glyphHeight; y += 1) {
    const ninth = colours[(top + y) * line + left + 8];
    if (ninth !== first && ninth !== second) return undefined;
  }
  return { colours: second === undefined ? [first] : [first, second], bits };
}

function readWith({ cols, rows, cells }: Grid, find: (bits: Uint8Array) => string | undefined): ScreenText {
  const found = cells.map((cell): Cell => {
    if (!cell) return { kind: 'unknown' };
    const [first, second] = cell.colours;
    if (second === undefined) return { kind: 'plain', colour: first };
    const [straight, turned] = [find(cell.bits), find(cell.bits.map((row) => ~row & 0xff))];
    const readings = [
      ...(straight === undefined ? [] : [{ character: straight, ground: first }]),
      ...(turned === undefined ? [] : [{ character: turned, ground: second }]),
    ];
    return readings.length === 0 ? { kind: 'unknown' } : { kind: 'glyph', readings };
  });
  const grounds = groundsOf(found);
  let unreadable = 0;
  const characters = found.map((cell) => {
    if (cell.kind === 'glyph') return best(cell.readings, grounds);
    // A cell of one colour is a blank, but for a block in a colour that nothing is written on.
    if (cell.kind === 'plain') return grounds.has(cell.colour) ? ' ' : fullBlock;
    unreadable += 1;
    return unknownCharacter;
  });
  // One alone is the cursor.
  const block = characters.indexOf(fullBlock);
  if (block !== -1 && block === characters.lastIndexOf(fullBlock)) characters[block] = ' ';
  const lines = Array.from({ length: rows }, (_, row) => characters.slice(row * cols, (row + 1) * cols).join('').trimEnd()); // prettier-ignore
  return { rows: lines, cols, unreadable };
}

/** Colours that text certainly stands on, with how many cells say so; and the one most blank cells have. */
function groundsOf(cells: readonly Cell[]): ReadonlyMap<number, number> {
  const sure = new Map<number, number>();
  const plain = new Map<number, number>();
  const add = (to: Map<number, number>, colour: number): void => void to.set(colour, (to.get(colour) ?? 0) + 1);
  for (const cell of cells) {
    if (cell.kind === 'plain') add(plain, cell.colour);
    const [reading, other] = cell.kind === 'glyph' ? cell.readings : [];
    if (reading && !other) add(sure, reading.ground);
  }
  const [most] = [...plain].toSorted(([, one], [, other]) => other - one);
  if (most && !sure.has(most[0])) sure.set(most[0], 0);
  return sure;
}

/** Of two readings (`▀` in one colour is `▄` in the other) the one on the ground that more text stands on. */
function best(readings: readonly Reading[], grounds: ReadonlyMap<number, number>): string {
  const weight = ({ ground }: Reading): number => grounds.get(ground) ?? -1;
  return readings.reduce((one, other) => (weight(other) > weight(one) ? other : one)).character;
}

/** A character with some lines of it filled from side to side, as cursors are: below it, over its lower half or all of it. */
function underCursor(bits: Uint8Array, { glyphs }: Fonts): string | undefined {
  const start = bits.indexOf(0xff);
  if (start === -1) return undefined;
  let end = start;
  while (bits[end + 1] === 0xff) end += 1;
  // Higher up it is no cursor but another glyph.
  if (start < 6 || end < 10) return undefined;
  return glyphs.find(({ rows }) => rows.every((row, y) => (y >= start && y <= end) || row === bits[y]))?.character;
}
