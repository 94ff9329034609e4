import { createContext, useContext, useMemo } from 'react';
import type { ReactNode } from 'react';
import { cx } from '../../lib/cx.ts';
import { t } from '../text.ts';
import { Fence } from './fence.tsx';
import type { Follow, OwnPorts } from './links.ts';
import css from './markdown.module.css';
import { parseMarkdown } from './parse.ts';
import { wordsOf } from './anchors.ts';
import type { Block, Inline, ListItem, TypesInto } from './tree.ts';

export interface Drawing {
  /** A button of the instructions; `inline` inside a sentence. */
  button: (id: string, inline: boolean) => ReactNode;
  /** What stands under a fenced block that can be typed. */
  typing: (text: string, into: TypesInto) => ReactNode;
  /** The tag of the highest heading. */
  top: 2 | 3;
  /** The id of a heading, by its words: then links lead to it. */
  anchor?: (words: string) => string;
}
const alone: Drawing = { button: () => null, typing: () => null, top: 2 };
const DrawingContext = createContext<Drawing>(alone);
const noPorts: OwnPorts = new Set<number>();

interface Props {
  text: string;
  ports?: OwnPorts | undefined;
  drawing?: Drawing | undefined;
  /** Where links lead, if not where a stranger's may. The same function each time, or the text is read anew. */
  follow?: Follow | undefined;
}

/** Markdown as elements made here: no HTML of its own ever reaches the page. */
export function Markdown({ text, ports = noPorts, drawing = alone, follow }: Props): ReactNode {
  const blocks = useMemo(() => parseMarkdown(text, ports, follow), [text, ports, follow]);
  return (
    <DrawingContext value={drawing}>
      <div className={css.text}>
        <Blocks of={blocks} />
      </div>
    </DrawingContext>
  );
}

// Positions are the only names that parts of a text have; a changed text is drawn anew anyway.
const numbered = <T,>(parts: readonly T[]): [string, T][] => parts.map((part, n) => [String(n), part]);

function Blocks({ of }: { of: readonly Block[] }): ReactNode {
  return numbered(of).map(([key, block]) => <BlockView key={key} block={block} />);
}

function BlockView({ block }: { block: Block }): ReactNode {
  const drawing = useContext(DrawingContext);
  switch (block.kind) {
    case 'heading': {
      const Tag = `h${Math.min(6, drawing.top + block.level - 1) as 2 | 3 | 4 | 5 | 6}` as const;
      return (
        <Tag
          className={css[`level${block.level}`]}
          {...(drawing.anchor && { id: drawing.anchor(wordsOf(block.children)), tabIndex: -1 })}
        >
          <Inlines of={block.children} />
        </Tag>
      );
    }
    case 'paragraph':
      return (
        <p>
          <Inlines of={block.children} />
        </p>
      );
    case 'quote':
      return (
        <blockquote className={css.quote}>
          <Blocks of={block.blocks} />
        </blockquote>
      );
    case 'list':
      return <ListView block={block} />;
    case 'code':
      return (
        <Fence text={block.text} language={block.language}>
          {block.types && drawing.typing(block.text, block.types)}
        </Fence>
      );
    case 'table':
      return <TableView block={block} />;
    case 'rule':
      return <hr className={css.rule} />;
    case 'do':
      return drawing.button(block.id, false);
  }
}

function ListView({ block }: { block: Extract<Block, { kind: 'list' }> }): ReactNode {
  const items = numbered(block.items).map(([key, item]) => <Item key={key} item={item} />);
  if (!block.ordered) return <ul className={css.list}>{items}</ul>;
  return (
    <ol className={cx(css.list, css.ordered)} start={block.start}>
      {items}
    </ol>
  );
}

function Item({ item: { checked, blocks } }: { item: ListItem }): ReactNode {
  const [first, ...others] = blocks;
  // A tight item is words, not a paragraph with its space around.
  const words = first?.kind === 'paragraph' ? <Inlines of={first.children} /> : first && <BlockView block={first} />;
  return (
    <li className={cx(checked !== undefined && css.task)}>
      {checked !== undefined && (
        <span role="img" aria-label={t(checked ? 'item.done' : 'item.open')} className={css.mark}>
          {checked ? '☑' : '☐'}
        </span>
      )}
      {words}
      <Blocks of={others} />
    </li>
  );
}

function TableView({ block }: { block: Extract<Block, { kind: 'table' }> }): ReactNode {
  const align = (key: string): string | undefined => css[block.align[Number(key)] ?? 'left'];
  return (
    // oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <div className={css.scroll} role="group" aria-label={t('table')} tabIndex={0}>
      <table className={css.table}>
        <thead>
          <tr>
            {numbered(block.head).map(([key, cell]) => (
              <th key={key} scope="col" className={align(key)}>
                <Inlines of={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {numbered(block.rows).map(([row, cells]) => (
            <tr key={row}>
              {numbered(cells).map(([key, cell]) => (
                <td key={key} className={align(key)}>
                  <Inlines of={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Inlines({ of }: { of: readonly Inline[] }): ReactNode {
  return numbered(of).map(([key, part]) => <InlineView key={key} part={part} />);
}

function InlineView({ part }: { part: Inline }): ReactNode {
  const { button } = useContext(DrawingContext);
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'code':
      return <code className={css.word}>{part.text}</code>;
    case 'break':
      return <br />;
    case 'strong':
      return (
        <strong>
          <Inlines of={part.children} />
        </strong>
      );
    case 'emphasis':
      return (
        <em>
          <Inlines of={part.children} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Inlines of={part.children} />
        </s>
      );
    case 'link':
      if (part.to.kind === 'page')
        return (
          <a href={`#${part.to.to}`}>
            <Inlines of={part.children} />
          </a>
        );
      return (
        // The whole address is said: the words are a stranger's.
        <a href={part.to.href} title={part.to.href} target="_blank" rel="noreferrer noopener">
          <Inlines of={part.children} />
        </a>
      );
    case 'do':
      return button(part.id, true);
  }
}
