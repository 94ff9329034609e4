import type { ReactNode } from 'react';
import css from './fold.module.css';
import { ChevronRightIcon } from './icons.tsx';

interface Props {
  title: string;
  /** What is chosen inside, in a few words. */
  summary?: string;
  /** How many fields in it need a look: shown instead of the summary. */
  problems?: number;
  open: boolean;
  onOpen: (open: boolean) => void;
  children: ReactNode;
}

/** A part of a form that is folded away. What is in it is there only while it is open. */
export function Fold({ title, summary, problems = 0, open, onOpen, children }: Props): ReactNode {
  return (
    <details
      className={css.fold}
      open={open}
      onToggle={(event) => event.currentTarget.open !== open && onOpen(event.currentTarget.open)}
    >
      <summary className={css.head}>
        <ChevronRightIcon />
        <span className={css.title}>{title}</span>
        {problems > 0 ? (
          <span className={css.problems}>{problems}</span>
        ) : (
          <span className={css.summary}>{summary}</span>
        )}
      </summary>
      {open && <div className={css.body}>{children}</div>}
    </details>
  );
}

/** Folds in one frame. */
export function Folds({ children }: { children: ReactNode }): ReactNode {
  return <div className={css.folds}>{children}</div>;
}
