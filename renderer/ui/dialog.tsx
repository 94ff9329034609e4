import { Dialog as Base } from '@base-ui/react/dialog';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import { Button } from './button.tsx';
import css from './dialog.module.css';
import { CloseIcon } from './icons.tsx';
import { t } from './text.ts';

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string | undefined;
  /** Buttons, the one that goes on last. */
  footer?: ReactNode;
  /** Puts Cancel before the footer's buttons. */
  cancel?: boolean | undefined;
  size?: 'small' | 'medium' | 'large' | undefined;
  /** Hangs from the top instead of standing in the middle: for content whose height changes while one types. */
  top?: boolean | undefined;
  /** Whether the focus goes back to where it was; asked at the end. Not where the dialog led to another page. */
  givesFocusBack?: (() => boolean) | undefined;
  children?: ReactNode;
}

export function Dialog(props: Props) {
  const { open, onClose, title, description, footer, cancel, size = 'medium', top, givesFocusBack, children } = props;
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={css.backdrop} />
        <Base.Popup
          ref={popup}
          className={cx(css.popup, css[size], top && css.top)}
          initialFocus={() => firstField(popup.current) ?? true}
          finalFocus={givesFocusBack ?? true}
        >
          <header className={css.header}>
            <div className={css.titles}>
              <Base.Title className={css.title}>{title}</Base.Title>
              {description && <Base.Description className={css.description}>{description}</Base.Description>}
            </div>
            <Base.Close className={css.close} aria-label={t('close')}>
              <CloseIcon />
            </Base.Close>
          </header>
          {children && (
            <div className={css.body} data-dialog-body="">
              {children}
            </div>
          )}
          {footer && (
            <footer className={css.footer}>
              {cancel && (
                <Button tone="quiet" onClick={onClose}>
                  {t('cancel')}
                </Button>
              )}
              {footer}
            </footer>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Where one begins to type, if anywhere: the cross is the last thing that one opens such a dialog for. Not a choice: Enter there could confirm. */
function firstField(popup: HTMLElement | null): HTMLElement | undefined {
  const fields = popup?.querySelectorAll<HTMLElement>('[data-dialog-body] :is(input, textarea, [role=combobox])');
  return [...(fields ?? [])].find(
    (field) => field.tabIndex >= 0 && !field.matches(':disabled, [aria-hidden=true], [type=hidden], [type=file], [type=radio], [type=checkbox]'), // prettier-ignore
  );
}
