import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import css from './dialog.module.css';
import { CloseIcon } from './icons.tsx';

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string | undefined;
  /** Buttons, the one that goes on last. */
  footer?: ReactNode;
  size?: 'small' | 'medium' | 'large' | undefined;
  /** Hangs from the top instead of standing in the middle: for content whose height changes while one types. */
  top?: boolean | undefined;
  /** Whether the focus goes back to where it was; asked at the end. Not where the dialog led to another page. */
  givesFocusBack?: (() => boolean) | undefined;
  children?: ReactNode;
}

export function Dialog(props: Props) {
  const { open, onClose, title, description, footer, size = 'medium', top, givesFocusBack, children } = props;
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={css.backdrop} />
        <Base.Popup className={cx(css.popup, css[size], top && css.top)} finalFocus={givesFocusBack ?? true}>
          <header className={css.header}>
            <div className={css.titles}>
              <Base.Title className={css.title}>{title}</Base.Title>
              {description && <Base.Description className={css.description}>{description}</Base.Description>}
            </div>
            <Base.Close className={css.close} aria-label="Close">
              <CloseIcon />
            </Base.Close>
          </header>
          {children && <div className={css.body}>{children}</div>}
          {footer && <footer className={css.footer}>{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
