import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import css from './two-lines.module.css';

interface Props {
  /** A text is cut where it is too long, and is its own tooltip. */
  first: ReactNode;
  second?: ReactNode;
  /** The first line is the name of the row. */
  strong?: boolean;
  /** The second line says what went wrong. */
  bad?: boolean;
  /** The tooltip of the second line, where that is no text or only a part of it. */
  more?: string | undefined;
}
const textOf = (line: ReactNode): string | undefined => (typeof line === 'string' ? line : undefined);

/** Two lines in a cell of a table: what it is, and what there is to say of it. */
export function TwoLines({ first, second, strong, bad, more }: Props): ReactNode {
  return (
    <span className={css.words}>
      <span className={cx(css.first, strong && css.strong)} title={textOf(first)}>
        {first}
      </span>
      {second !== undefined && second !== '' && (
        <span className={cx(css.second, bad && css.bad)} title={more ?? textOf(second)}>
          {second}
        </span>
      )}
    </span>
  );
}
