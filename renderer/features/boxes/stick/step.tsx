import type { ReactNode } from 'react';
import { Card } from '../../../ui/card.tsx';
import css from '../boxes.module.css';
import { t } from './text.ts';

/** A numbered part of the page. */
export function Step({ n, title, actions, children }: { n: number; title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <Card title={t('step', { n, title })} actions={actions}>
      <div className={css.stack}>{children}</div>
    </Card>
  );
} // prettier-ignore
