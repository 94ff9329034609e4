/** Milliseconds that a caption stands at the pace of 1: some to find it, and each word. */
const findMs = 1200;
const wordMs = 330;

/** The paragraphs of a step's Markdown as they are told: without marks, buttons and code to type. Pure. */
export function captionsOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^ {0,3}(`{3,}|~{3,})[^\n]*\n[\s\S]*?\n? {0,3}\1[`~]*[ \t]*$/gm, '\n\n');
  return prose
    .split(/\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)/)
    .map((part) =>
      part
        .replaceAll(/\{\{\s*do:[^}]*\}\}/g, '')
        .replaceAll(/<(https?:[^\s>]+)>/g, '$1')
        .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/^\s*(?:#{1,6}|>|[-*+]|\d+[.)])\s+/gm, '')
        .replaceAll(/(\*\*|__|`+)(.+?)\1/g, '$2')
        .replaceAll(/(^|[\s(])[*_]([^*_\n]+)[*_](?=[\s).,;:!?]|$)/g, '$1$2')
        .replaceAll(/^\s*\|?[\s:|-]+\|?\s*$/gm, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .filter((part) => /[\p{L}\p{N}]/u.test(part));
}

/** Milliseconds for reading a caption at a pace. Pure. */
export const readingMs = (caption: string, pace: number): number =>
  (findMs + caption.split(' ').length * wordMs) / pace;
