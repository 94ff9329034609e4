import type { Block, Inline } from './tree.ts';

/** The words of a line without their marks. */
export const wordsOf = (line: readonly Inline[]): string =>
  line.map((part) => ('text' in part ? part.text : 'children' in part ? wordsOf(part.children) : '')).join('');

/** What a link calls a heading, as GitHub makes it of its words: small letters, dashes for spaces, no other marks. */
export const anchorOf = (words: string): string =>
  words
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');

export interface Heading {
  level: number;
  words: string;
  anchor: string;
}
export const headingsOf = (blocks: readonly Block[]): Heading[] =>
  blocks.flatMap((block) => {
    if (block.kind !== 'heading') return [];
    const words = wordsOf(block.children);
    return [{ level: block.level, words, anchor: anchorOf(words) }];
  });
