import { memo } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { Button } from '../../ui/button.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { StatusDot } from '../../ui/status.tsx';
import type { BulkAction } from './bulk.ts';
import { tones } from './rows.ts';
import type { Query, Tone } from './rows.ts';
import { whyNot } from './row-actions.tsx';
import css from './toolbar.module.css';
import { t } from './text.ts';

interface Props {
  query: Query;
  counts: Record<Tone | 'all', number>;
  onQuery: (change: Partial<Query>) => void;
}

/** Search and status chips. Chips that would show nothing are left out, unless one is chosen. */
export const Toolbar = memo(function Toolbar({ query, counts, onQuery }: Props): ReactNode {
  const shown = (['all', ...tones] as const).filter(
    (tone) => tone === 'all' || counts[tone] > 0 || query.tone === tone,
  );
  return (
    <div className={css.bar}>
      <div className={css.search}>
        <SearchField
          label={t('search')}
          placeholder={t('searchPlaceholder')}
          value={query.search}
          onChange={(search) => onQuery({ search })}
          shortcut
        />
      </div>
      <fieldset className={css.chips} aria-label={t('filter')}>
        {shown.map((tone) => (
          <button
            key={tone}
            type="button"
            className={css.chip}
            aria-pressed={query.tone === tone}
            onClick={() => onQuery({ tone })}
          >
            {tone !== 'all' && <StatusDot tone={tone} />}
            {t(`tone.${tone}`)}
            <span className={css.count}>{counts[tone]}</span>
          </button>
        ))}
      </fieldset>
    </div>
  );
});

interface BulkProps {
  rows: readonly MachineRow[];
  onAction: (action: BulkAction) => void;
  onClear: () => void;
}

/** Stands in the toolbar's place while machines are selected. */
export function BulkBar({ rows, onAction, onClear }: BulkProps): ReactNode {
  const why = (action: BulkAction): string | undefined =>
    rows.some((row) => whyNot(row, action) === undefined) ? undefined : t('bulk.none');
  return (
    <div className={css.bulk} role="toolbar" aria-label={t('bulk.selected', { n: rows.length })}>
      <strong className={css.selected}>{t('bulk.selected', { n: rows.length })}</strong>
      <Button size="small" onClick={() => onAction('start')} why={why('start')}>
        {t('bulk.start')}
      </Button>
      <Button size="small" onClick={() => onAction('stop')} why={why('stop')}>
        {t('bulk.stop')}
      </Button>
      <Button size="small" tone="danger" onClick={() => onAction('delete')} why={why('delete')}>
        {t('bulk.delete')}
      </Button>
      <Button size="small" tone="quiet" onClick={onClear}>
        {t('bulk.clear')}
      </Button>
    </div>
  );
}
