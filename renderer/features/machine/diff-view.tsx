import type { ReactNode } from 'react';
import css from './machine.module.css';
import type { DiffLine } from './diff.ts';
import { t } from './text.ts';

const signs = { same: ' ', added: '+', removed: '-', skipped: '' };

/** Lines that go and lines that come. */
export function DiffView({ lines }: { lines: readonly DiffLine[] }): ReactNode {
  if (lines.length === 0) return <p className={css.muted}>{t('yaml.same')}</p>;
  return (
    // oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section className={css.diff} aria-label={t('yaml.diff')} tabIndex={0}>
      {lines.map((line, at) => (
        // oxlint-disable-next-line no-array-index-key -- lines have no other name
        <div key={at} className={css[line.kind]}>
          {line.kind === 'skipped' ? (
            t('yaml.skipped', { n: line.count ?? 0 })
          ) : (
            <>
              <span className={css.sign}>{signs[line.kind]}</span>
              {line.text}
            </>
          )}
        </div>
      ))}
    </section>
  );
}
