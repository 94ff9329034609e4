import { memo } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Select } from '../../ui/select.tsx';
import { StatusDot } from '../../ui/status.tsx';
import { bulkWhyNot } from './bulk-do.ts';
import { offerOfBulk } from './bulk.ts';
import type { BulkAction } from './bulk.ts';
import { tones } from './rows.ts';
import type { Query, Tone } from './rows.ts';
import { actionIcons } from './row-actions.tsx';
import css from './toolbar.module.css';
import { t } from './text.ts';

interface Props {
  query: Query;
  counts: Record<Tone | 'all', number>;
  /** `key=value` of all machines. */
  labels: readonly string[];
  onQuery: (change: Partial<Query>) => void;
}

/** Search and status chips. Chips that would show nothing are left out, unless one is chosen. */
export const Toolbar = memo(function Toolbar({ query, counts, labels, onQuery }: Props): ReactNode {
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
      {(labels.length > 0 || query.label) && (
        <Select
          label={t('labelFilter')}
          hideLabel
          value={query.label}
          onChange={(label) => onQuery({ label })}
          options={[
            { value: '', label: t('labelAny') },
            ...[...new Set([...labels, ...(query.label ? [query.label] : [])])].map((label) => ({
              value: label,
              label,
            })),
          ]}
        />
      )}
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
  const offer = useOffer();
  const why = (action: BulkAction): string | undefined => {
    const lack = offer(offerOfBulk(action));
    if (lack !== undefined || rows.some((row) => bulkWhyNot(row, action, offer) === undefined)) return lack;
    // All of them for the same reason that is none of their state: whose they are.
    return rows.every((row) => offer(offerOfBulk(action), { namespace: row.namespace }) !== undefined) && rows[0]
      ? offer(offerOfBulk(action), { namespace: rows[0].namespace })
      : t('bulk.none');
  };
  const button = (action: 'start' | 'stop' | 'snapshot' | 'folder' | 'label'): ReactNode => (
    <Button size="small" onClick={() => onAction(action)} why={why(action)}>
      {t(`bulk.${action}`)}
    </Button>
  );
  return (
    <div className={css.bulk} role="toolbar" aria-label={t('bulk.selected', { n: rows.length })}>
      <strong className={css.selected}>{t('bulk.selected', { n: rows.length })}</strong>
      {button('start')}
      {button('stop')}
      {button('snapshot')}
      {button('folder')}
      {button('label')}
      <Menu
        label={t('bulk.more')}
        items={moreActions.map((action) => ({
          label: t(`action.${action}`),
          icon: actionIcons[action],
          why: why(action),
          onSelect: () => onAction(action),
        }))}
      />
      <Button size="small" tone="danger" onClick={() => onAction('delete')} why={why('delete')}>
        {t('bulk.delete')}
      </Button>
      <Button size="small" tone="quiet" onClick={onClear}>
        {t('bulk.clear')}
      </Button>
    </div>
  );
}
const moreActions = ['restart', 'pause', 'unpause', 'softReboot', 'reset', 'forceStop', 'forceRestart'] as const;
