import { guides } from '../../lib/guides.ts';
import { anchorOf, wordsOf } from '../../ui/markdown/anchors.ts';
import { parseMarkdown } from '../../ui/markdown/parse.ts';
import type { Block } from '../../ui/markdown/tree.ts';
import { bodyOf, readGuide } from './read.ts';

/** A paragraph, a row, an item: what is shown of a place that was found. */
export interface Piece {
  guide: string;
  title: string;
  /** The heading above it; none before the first. */
  heading: string | undefined;
  anchor: string | undefined;
  text: string;
}

const textsOf = (block: Block): string[] => {
  switch (block.kind) {
    case 'paragraph':
      return [wordsOf(block.children)];
    case 'quote':
      return block.blocks.flatMap(textsOf);
    case 'list':
      return block.items.flatMap((item) => item.blocks.flatMap(textsOf));
    case 'code':
      return block.text.split('\n');
    case 'table':
      return block.rows.map((row) => row.map(wordsOf).filter(Boolean).join(' · '));
    case 'heading':
    case 'rule':
    case 'do':
      return [];
  }
};

/** A guide in pieces, in its order. */
export function piecesOf(guide: string, title: string, markdown: string): Piece[] {
  let heading: string | undefined;
  return parseMarkdown(bodyOf(markdown)).flatMap((block) => {
    if (block.kind === 'heading') heading = wordsOf(block.children);
    const anchor = heading === undefined ? undefined : anchorOf(heading);
    const texts = block.kind === 'heading' ? [''] : textsOf(block);
    return texts.map((text) => ({ guide, title, heading, anchor, text }));
  });
}

/** Every guide in pieces. */
export async function readPieces(): Promise<Piece[]> {
  const all = await Promise.all(guides.map(async ({ name, title }) => piecesOf(name, title, await readGuide(name))));
  return all.flat();
}

/** Pieces that have all the words, by themselves or with their heading and title; headings that have them come first. */
export function findPieces(pieces: readonly Piece[], query: string, limit = 30): Piece[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const has = (text: string, word: string): boolean => text.toLowerCase().includes(word);
  const scored = pieces.flatMap((piece, at) => {
    const { title, heading = '', text } = piece;
    if (!words.every((word) => has(`${title} ${heading} ${text}`, word))) return [];
    // Of a part whose heading says it all, the heading alone is shown.
    const byHeading = words.every((word) => has(heading, word));
    if (byHeading ? text !== '' : !words.some((word) => has(text, word))) return [];
    return [{ piece, at, score: byHeading ? 2 : words.every((word) => has(text, word)) ? 1 : 0 }];
  });
  return scored.sort((a, b) => b.score - a.score || a.at - b.at).slice(0, limit).map(({ piece }) => piece); // prettier-ignore
}
