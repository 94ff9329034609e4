import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Lexer } from 'marked';
import type { Token } from 'marked';
import { anchorOf } from '../../renderer/ui/markdown/anchors.ts';

export const root = join(import.meta.dirname, '../..');
const left = new Set(['node_modules', 'out', '.git', 'coverage', 'test-results', '.cache']);

/** Every file below a folder, as paths from the project's. */
export function filesBelow(folder: string, wanted: RegExp): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name).replaceAll('\\', '/');
    if (entry.isDirectory()) return left.has(entry.name) ? [] : filesBelow(path, wanted);
    return wanted.test(entry.name) ? [path] : [];
  });
}
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

export interface Page {
  path: string;
  text: string;
  tokens: Token[];
}
/** Every page of Markdown in the project. */
export const pages = (): Page[] =>
  filesBelow('.', /\.md$/).map((path) => {
    const text = read(path);
    return { path, text, tokens: flat(new Lexer({ gfm: true }).lex(text)) };
  });

/** A token and all in it. */
function flat(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token) => {
    const inside: Token[] = [];
    if ('tokens' in token && token.tokens) inside.push(...token.tokens);
    if (token.type === 'list') inside.push(...(token.items as Token[]));
    if (token.type === 'table')
      for (const row of [token.header, ...token.rows] as { tokens: Token[] }[][]) inside.push(...row.flatMap((cell) => cell.tokens)); // prettier-ignore
    return [token, ...flat(inside)];
  });
}

const words = (token: Token): string =>
  'tokens' in token && token.tokens ? token.tokens.map(words).join('') : 'text' in token ? String(token.text) : '';
export const headings = ({ tokens }: Page): string[] => tokens.filter(({ type }) => type === 'heading').map(words);
export const emphases = ({ tokens }: Page): string[] => tokens.filter(({ type }) => type === 'em').map(words);

/** What links call its headings; the second one of the same words has a number. */
export function anchors(page: Page): string[] {
  const seen = new Map<string, number>();
  return headings(page).map((heading) => {
    const anchor = anchorOf(heading);
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** Links and pictures that lead into the project: the file (its path from the project's folder) and the part of it. */
export const ownLinks = ({ path, tokens }: Page): { href: string; file: string; part: string | undefined }[] =>
  tokens.flatMap((token) => {
    if (token.type !== 'link' && token.type !== 'image') return [];
    const href = String(token.href);
    if (/^[a-z][a-z+.-]*:/i.test(href)) return [];
    const [file = '', part] = href.split('#');
    const to = file === '' ? path : relative(root, join(root, dirname(path), file)).replaceAll('\\', '/');
    return [{ href, file: to, part }];
  });

/** Lines of commands: of fenced blocks without a language or for a shell, and of words in code. */
export const commandLines = ({ tokens }: Page): string[] =>
  tokens.flatMap((token) => {
    if (token.type === 'codespan') return [String(token.text)];
    if (token.type !== 'code' || !['', 'sh', undefined].includes(token.lang as string | undefined)) return [];
    return String(token.text).split('\n');
  });
