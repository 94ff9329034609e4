import { useId } from 'react';
import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import css from './card.module.css';

interface Props {
  title?: string | undefined;
  actions?: ReactNode;
  /** Content reaches the edges (lists, tables). */
  flush?: boolean | undefined;
  children: ReactNode;
}

export function Card({ title, actions, flush, children }: Props) {
  const id = useId();
  return (
    <section className={css.card} aria-labelledby={title ? id : undefined}>
      {(title ?? actions) && (
        <header className={css.header}>
          {title && (
            <h2 id={id} className={css.title}>
              {title}
            </h2>
          )}
          {actions && <div className={css.actions}>{actions}</div>}
        </header>
      )}
      <div className={cx(css.body, flush && css.flush)}>{children}</div>
    </section>
  );
}
