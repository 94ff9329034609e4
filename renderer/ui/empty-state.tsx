import type { ReactNode } from 'react';
import css from './empty-state.module.css';
import type { Icon } from './icons.tsx';

interface Props {
  icon?: Icon | undefined;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}

/** What would be here, and how to get it. */
export function EmptyState({ icon: Shown, title, children, actions }: Props) {
  return (
    <div className={css.empty}>
      {Shown && (
        <span className={css.icon}>
          <Shown size={24} />
        </span>
      )}
      <h2 className={css.title}>{title}</h2>
      {children && <div className={css.text}>{children}</div>}
      {actions && <div className={css.actions}>{actions}</div>}
    </div>
  );
}
