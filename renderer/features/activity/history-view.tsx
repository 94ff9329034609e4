import { useMemo, useState } from 'react';
import type { AuditEntry } from '../../../main/contract/audit.ts';
import { ago, dateTime, milliseconds } from '../../lib/format.ts';
import { audit, useList } from '../../lib/resources.ts';
import { useNow } from '../../lib/use-now.ts';
import { Banner } from '../../ui/banner.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ActivityIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Select } from '../../ui/select.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './activity.module.css';
import { historyRows, objectsOf } from './history-rows.ts';
import type { ResultFilter } from './history-rows.ts';
import { t } from './text.ts';

const tones = { ok: 'ok', refused: 'warning', failed: 'problem', cancelled: 'stopped' } as const;

function When({ at }: { at: string }) {
  return <time title={dateTime(at)}>{ago(at, useNow())}</time>;
}
const columns: Column<AuditEntry>[] = [
  {
    id: 'result',
    header: t('history.result'),
    hideHeader: true,
    width: '1.75rem',
    cell: (row) => <StatusDot tone={tones[row.result]} label={t(`history.${row.result}`)} />,
  },
  { id: 'when', header: t('history.when'), width: '6.5rem', cell: (row) => <When at={row.at} /> },
  {
    id: 'what',
    header: t('history.what'),
    width: 'minmax(10rem, 2fr)',
    cell: (row) => <span title={row.procedure}>{row.what}</span>,
  },
  {
    id: 'object',
    header: t('history.object'),
    width: 'minmax(7rem, 1.5fr)',
    cell: ({ object }) =>
      object && <span title={`${object.kind} ${[object.namespace, object.name].filter(Boolean).join('/')}`}>{object.name}</span>,
  },
  {
    id: 'outcome',
    header: t('history.outcome'),
    width: 'minmax(7rem, 1.5fr)',
    cell: ({ result, problem, duration }) => (
      <span title={problem?.code}>
        {problem ? problem.title : t('history.took', { result: t(`history.${result}`), time: milliseconds(duration) })}
      </span>
    ),
  },
  {
    id: 'who',
    header: t('history.who'),
    width: 'minmax(7rem, 1.2fr)',
    hideBelow: 'medium',
    cell: (row) => <span title={row.who}>{row.who}</span>,
  },
  {
    id: 'target',
    header: t('history.target'),
    width: '8rem',
    hideBelow: 'medium',
    cell: (row) => row.target,
  },
]; // prettier-ignore
const keyOf = (row: AuditEntry): string => row.id;

/** Who did what, on which target, and how it ended. */
export function HistoryView() {
  const { items, state, since, problem } = useList(audit);
  const [query, setQuery] = useState('');
  const [result, setResult] = useState<ResultFilter>('all');
  const [object, setObject] = useState('');
  const now = useNow();
  const rows = useMemo(() => historyRows(items, { query, result, object }), [items, query, result, object]);
  const objects = useMemo(() => objectsOf(items), [items]);
  return (
    <>
      <div className={css.tools}>
        <SearchField label={t('history.search')} value={query} onChange={setQuery} shortcut />
        <div className={css.choice}>
          <Select<ResultFilter>
            label={t('history.result')}
            hideLabel
            value={result}
            onChange={setResult}
            options={(['all', 'ok', 'refused', 'failed', 'cancelled'] as const).map((value) => ({
              value,
              label: t(value === 'all' ? 'history.allResults' : `history.${value}`),
            }))}
          />
        </div>
        <div className={css.choice}>
          <Select
            label={t('history.object')}
            hideLabel
            value={object}
            onChange={setObject}
            options={[{ value: '', label: t('history.allObjects') }, ...objects.map((value) => ({ value, label: value }))]}
          />
        </div>
      </div>
      {state === 'stale' && <Banner tone="warning" title={t('events.stale', { ago: ago(since, now) })} />}
      {state === 'error' && problem && <ProblemView problem={problem} compact />}
      <DataTable
        label={t('history')}
        rows={rows}
        keyOf={keyOf}
        columns={columns}
        rowHeight={40}
        loading={state === 'loading'}
        empty={
          state === 'error' ? undefined : items.length === 0 ? (
            <EmptyState icon={ActivityIcon} title={t('history.none')}>
              {t('history.noneText')}
            </EmptyState>
          ) : (
            <EmptyState title={t('history.noneFit')} />
          )
        }
      />
    </>
  );
} // prettier-ignore
