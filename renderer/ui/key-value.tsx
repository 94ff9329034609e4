import { language } from '../lib/language.ts';
import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import { CopyButton } from './copy-button.tsx';
import css from './key-value.module.css';
import { t } from './text.ts';

export interface KeyValueItem {
  label: string;
  value: ReactNode;
  mono?: boolean | undefined;
  /** Text that a copy button puts on the clipboard. */
  copy?: string | undefined;
}

export function KeyValue({ items, columns = 1 }: { items: readonly KeyValueItem[]; columns?: 1 | 2 | undefined }) {
  return (
    <dl className={cx(css.list, columns === 2 && css.two)}>
      {items.map(({ label, value, mono, copy }) => (
        <div key={label} className={css.item}>
          <dt className={css.label}>{label}</dt>
          <dd className={cx(css.value, mono && css.mono)}>
            <span>{value}</span>
            {copy !== undefined && (
              <CopyButton
                text={copy}
                label={t('copy.of', { label: language() === 'en' ? label.toLowerCase() : label })}
              />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
