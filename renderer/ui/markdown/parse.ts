import { Lexer } from 'marked';
import type { Token, Tokens } from 'marked';
import { decodeEntities, withoutTurns } from './entities.ts';
import { safeLink } from './links.ts';
import type { Follow, OwnPorts } from './links.ts';
import type { Block, Inline, ListItem, TypesInto } from './tree.ts';

/** How deep lists and quotes may stand in each other: below that their text alone is shown. */
const deepest = 12;
const button = /\{\{\s*do:([a-z][a-z0-9-]{0,49})\s*\}\}/;
const noPorts: OwnPorts = new Set<number>();

/**
 * Markdown as a tree of what pages draw. HTML stays visible as the text that it is, pictures are their words,
 * and a link that leads where none may lead is its words alone (`follow` says where one leads). Never throws.
 */
export function parseMarkdown(
  text: string,
  ports: OwnPorts = noPorts,
  follow: Follow = (href) => safeLink(href, ports),
): Block[] {
  const clean = withoutTurns(text);
  if (tangled(clean)) return plain(clean);
  try {
    return ranked(blocksOf(new Lexer({ gfm: true, breaks: false }).lex(clean), follow, 0));
  } catch {
    return plain(clean); // the lexer gave up on it
  }
}

/** A text that would keep the lexer busy for seconds; nobody writes one by accident. */
const tangled = (text: string): boolean =>
  (text.match(/[*_]/g)?.length ?? 0) > 2_000 ||
  (text.match(/[[\]<]/g)?.length ?? 0) > 4_000 ||
  /^[ \t]*(?:(?:[>*+-]|\d{1,9}[.)])[ \t]*){21}/m.test(text);

const plain = (text: string): Block[] =>
  text
    .split(/\n{2,}/)
    .filter((part) => part.trim() !== '')
    .map((part) => ({ kind: 'paragraph', children: [{ kind: 'text', text: part }] }));

function blocksOf(tokens: readonly Token[], follow: Follow, depth: number): Block[] {
  return tokens.flatMap((token) => blockOf(token, follow, depth));
}

function blockOf(token: Token, follow: Follow, depth: number): Block[] {
  const inside = (): Inline[] => inlinesOf((token as { tokens?: Token[] }).tokens ?? [], follow);
  switch (token.type) {
    case 'space':
    case 'def':
      return [];
    case 'heading':
      // One inside a list or quote is strong words: it heads no part of the page.
      if (depth > 0) return [{ kind: 'paragraph', children: [{ kind: 'strong', children: inside() }] }];
      return [{ kind: 'heading', level: (token as Tokens.Heading).depth, children: inside() }];
    case 'paragraph':
    case 'text':
      return paragraphOf(token, follow);
    case 'hr':
      return [{ kind: 'rule' }];
    case 'code': {
      const { text, lang } = token as Tokens.Code;
      return [{ kind: 'code', text, ...fence(lang ?? '') }];
    }
    case 'blockquote':
      if (depth >= deepest) return plain(token.raw);
      return [{ kind: 'quote', blocks: blocksOf((token as Tokens.Blockquote).tokens, follow, depth + 1) }];
    case 'list': {
      const { ordered, start, items } = token as Tokens.List;
      if (depth >= deepest) return plain(token.raw);
      return [{ kind: 'list', ordered, start: Number(start) || 1, items: items.map((item) => itemOf(item, follow, depth)) }]; // prettier-ignore
    }
    case 'table': {
      const { header, rows, align } = token as Tokens.Table;
      const cell = (each: Tokens.TableCell): Inline[] => inlinesOf(each.tokens, follow);
      return [{ kind: 'table', head: header.map(cell), rows: rows.map((row) => row.map(cell)), align: align.map((each) => each ?? undefined) }]; // prettier-ignore
    }
    case 'html':
      return isComment(token.raw) ? [] : plain(token.raw.trim());
    default:
      return plain(token.raw);
  }
}

/** A line that is a button alone becomes one; else the button stands in its sentence. */
function paragraphOf(token: Token, follow: Follow): Block[] {
  const alone = new RegExp(`^\\s*${button.source}\\s*$`).exec(token.raw)?.[1];
  if (alone !== undefined) return [{ kind: 'do', id: alone }];
  const tokens = (token as { tokens?: Token[] }).tokens;
  const children = tokens ? inlinesOf(tokens, follow) : textOf((token as Tokens.Text).text);
  return children.length === 0 ? [] : [{ kind: 'paragraph', children }];
}

function itemOf(item: Tokens.ListItem, follow: Follow, depth: number): ListItem {
  const tokens = item.tokens.filter((token) => token.type !== 'checkbox');
  return { ...(item.task && { checked: item.checked === true }), blocks: blocksOf(tokens, follow, depth + 1) };
}

function inlinesOf(tokens: readonly Token[], follow: Follow): Inline[] {
  return tokens.flatMap((token): Inline[] => {
    const inside = (): Inline[] => inlinesOf((token as { tokens?: Token[] }).tokens ?? [], follow);
    switch (token.type) {
      case 'text': {
        const nested = (token as Tokens.Text).tokens;
        return nested ? inlinesOf(nested, follow) : textOf((token as Tokens.Text).text);
      }
      case 'escape':
        return [{ kind: 'text', text: (token as Tokens.Escape).text }];
      case 'strong':
        return [{ kind: 'strong', children: inside() }];
      case 'em':
        return [{ kind: 'emphasis', children: inside() }];
      case 'del':
        return [{ kind: 'strike', children: inside() }];
      case 'codespan':
        return [{ kind: 'code', text: (token as Tokens.Codespan).text }];
      case 'br':
        return [{ kind: 'break' }];
      case 'checkbox':
        return []; // the list item has it
      case 'link': {
        const to = follow((token as Tokens.Link).href);
        return to ? [{ kind: 'link', to, children: inside() }] : inside();
      }
      case 'image':
        return textOf((token as Tokens.Image).text);
      case 'html':
        if (/^<br\s*\/?>$/i.test(token.raw)) return [{ kind: 'break' }];
        return isComment(token.raw) ? [] : [{ kind: 'text', text: token.raw }];
      default:
        return [{ kind: 'text', text: token.raw }];
    }
  });
}

function textOf(text: string): Inline[] {
  const parts = text.split(new RegExp(button.source, 'g'));
  // Every second part is the id of a button.
  return parts.flatMap((part, n): Inline[] =>
    n % 2 === 1 ? [{ kind: 'do', id: part }] : part === '' ? [] : [{ kind: 'text', text: decodeEntities(part) }],
  );
}

const isComment = (html: string): boolean => /^\s*(<!--[\s\S]*?-->\s*)+$/.test(html);

/** The words behind the three ticks: a language, and `type machine=web into=screen`. */
function fence(words: string): { language: string; types: TypesInto | undefined } {
  const all = words.trim().split(/\s+/).filter(Boolean);
  const value = (key: string): string | undefined =>
    all.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const language = all.find((word) => word !== 'type' && !word.includes('=')) ?? '';
  if (!all.includes('type')) return { language, types: undefined };
  const machine = value('machine');
  const known = machine !== undefined && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(machine);
  return { language, types: { ...(known && { machine }), into: value('into') === 'screen' ? 'screen' : 'serial' } };
}

/** Headings by rank, so that none is left out on the way down. */
function ranked(blocks: Block[]): Block[] {
  const used = [...new Set(blocks.flatMap((block) => (block.kind === 'heading' ? [block.level] : [])))].sort((a, b) => a - b); // prettier-ignore
  let before = 0;
  return blocks.map((block) => {
    if (block.kind !== 'heading') return block;
    before = Math.min(used.indexOf(block.level) + 1, before + 1, 4);
    return { ...block, level: before };
  });
}
