import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import css from './banner.module.css';
import { IconButton } from './icon-button.tsx';
import { CloseIcon } from './icons.tsx';
import { ToneIcon } from './status.tsx';
import tones from './tones.module.css';
import { t } from './text.ts';

interface Props {
  tone: 'note' | 'ok' | 'warning' | 'problem';
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  onClose?: (() => void) | undefined;
}

export function Banner({ tone, title, children, actions, onClose }: Props) {
  return (
    <div className={cx(css.banner, tones[tone])} role={tone === 'problem' ? 'alert' : 'status'}>
      <span className={css.icon}>
        <ToneIcon tone={tone} />
      </span>
      <div className={css.words}>
        <p className={css.title}>{title}</p>
        {children && <div className={css.text}>{children}</div>}
      </div>
      {actions && <div className={css.actions}>{actions}</div>}
      {onClose && <IconButton icon={CloseIcon} label={t('dismiss')} onClick={onClose} />}
    </div>
  );
}
