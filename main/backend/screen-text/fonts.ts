import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assetsFolder } from '../paths.ts';

/** Rows of pixels of a glyph; each is one byte, the left pixel the highest bit. */
export const glyphHeight = 16;

/** The fonts of text screens (assets/screen-text/SOURCES.md says where they are from). */
export interface Fonts {
  /** Fingerprint -> character, one a font. */
  readonly maps: readonly ReadonlyMap<string, string>[];
  /** Glyphs of the VGA BIOS with their characters: what a cursor covers in part is found among them. */
  readonly glyphs: readonly { rows: Uint8Array; character: string }[];
}

let loading: Promise<Fonts> | undefined;
/** Read once. Rejects when the files are missing. */
export function screenFonts(): Promise<Fonts> {
  loading ??= load();
  loading.catch(() => (loading = undefined)); // whoever asked has the error
  return loading;
}

async function load(): Promise<Fonts> {
  const folder = join(assetsFolder, 'screen-text');
  const [text, rom] = await Promise.all([readFile(join(folder, 'glyphs.json'), 'utf8'), readFile(join(folder, 'vga-8x16.bin'))]); // prettier-ignore
  const maps = Object.values(JSON.parse(text) as Record<string, Record<string, string>>).map((font) => new Map(Object.entries(font))); // prettier-ignore
  const glyphs = Array.from({ length: 256 }, (_, index) => {
    const rows = Uint8Array.from(rom.subarray(index * glyphHeight, (index + 1) * glyphHeight));
    return { rows, character: maps[0]?.get(fingerprint(rows)) ?? ' ' };
  });
  return { maps, glyphs };
}

/** What stands for a glyph in the files. Pure. */
export const fingerprint = (rows: Uint8Array): string =>
  createHash('sha256').update(rows).digest().subarray(0, 6).toString('base64');
