import type { ReactNode } from 'react';
import { ChevronRightIcon } from '../../ui/icons.tsx';
import css from './cloud-init.module.css';

/** A part that is folded away; its summary says what is chosen in it. */
export function Fold({
  title,
  summary,
  open,
  onOpen,
  children,
}: {
  title: string;
  summary?: string;
  open: boolean;
  onOpen: (open: boolean) => void;
  children: ReactNode;
}): ReactNode {
  // prettier-ignore
  return (
    <details className={css.section} open={open} onToggle={(event) => event.currentTarget.open !== open && onOpen(event.currentTarget.open)}> {/* prettier-ignore */}
      <summary className={css.fold}>
        <ChevronRightIcon />
        <span className={css.foldTitle}>{title}</span>
        <span className={css.summary}>{summary}</span>
      </summary>
      {open && <div className={css.body}>{children}</div>}
    </details>
  );
}
