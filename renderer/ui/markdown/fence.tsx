import type { ReactNode } from 'react';
import { CopyButton } from '../copy-button.tsx';
import { t } from '../text.ts';
import css from './fence.module.css';

interface Props {
  text: string;
  language: string;
  /** Buttons under it. */
  children?: ReactNode;
}

/** Lines of code or commands, to be copied or typed. */
export function Fence({ text, language, children }: Props): ReactNode {
  const name = language || t('code');
  return (
    <div className={css.fence}>
      <div className={css.top}>
        {/* oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
        <pre className={css.lines} tabIndex={0} role="group" aria-label={name}>
          {text}
        </pre>
        <CopyButton text={text} label={t('copy')} />
      </div>
      {children}
    </div>
  );
}
