import type { ReactNode } from 'react';
import { ChevronRightIcon } from '../../ui/icons.tsx';
import css from './create.module.css';

interface Props {
  title: string;
  /** What is chosen inside, in a few words. */
  summary?: string;
  /** How many fields in it need a look. */
  problems: number;
  open: boolean;
  onOpen: (open: boolean) => void;
  children: ReactNode;
}

/** One fold of the full form. It opens by itself when something in it is refused. */
export function Section({ title, summary, problems, open, onOpen, children }: Props): ReactNode {
  return (
    <details className={css.section} open={open} onToggle={(event) => onOpen(event.currentTarget.open)}>
      <summary className={css.fold}>
        <ChevronRightIcon />
        <span className={css.foldTitle}>{title}</span>
        {problems > 0 ? (
          <span className={css.foldBad}>{problems}</span>
        ) : (
          <span className={css.foldSummary}>{summary}</span>
        )}
      </summary>
      {open && <div className={css.sectionBody}>{children}</div>}
    </details>
  );
}
