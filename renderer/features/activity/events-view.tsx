import { useMemo, useState } from 'react';
import type { EventRow } from '../../../main/contract/machine.ts';
import { eventWords } from '../../lib/event-words.ts';
import { ago, dateTime } from '../../lib/format.ts';
import { events, useList } from '../../lib/resources.ts';
import { useStored } from '../../lib/storage.ts';
import { useNow } from '../../lib/use-now.ts';
import { Banner } from '../../ui/banner.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ActivityIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Select } from '../../ui/select.tsx';
import { StatusDot } from '../../ui/status.tsx';
import css from './activity.module.css';
import { eventRows } from './event-rows.ts';
import type { Order } from './event-rows.ts';
import { t } from './text.ts';

function When({ row }: { row: EventRow }) {
  return <time title={dateTime(row.lastAt)}>{ago(row.lastAt, useNow())}</time>;
}
const columnsOf = (raw: boolean): Column<EventRow>[] => [
  {
    id: 'type',
    header: t('events.type'),
    hideHeader: true,
    width: '1.75rem',
    cell: (row) => <StatusDot tone={row.type === 'Warning' ? 'warning' : 'stopped'} label={row.type} />,
  },
  { id: 'when', header: t('events.when'), width: '6.5rem', cell: (row) => <When row={row} /> },
  {
    id: 'object',
    header: t('events.object'),
    width: 'minmax(8rem, 1fr)',
    cell: (row) => <span title={`${row.object.kind} ${row.namespace}/${row.object.name}`}>{row.object.name}</span>,
  },
  {
    id: 'reason',
    header: t('events.reason'),
    width: 'minmax(7rem, 10rem)',
    hideBelow: 'medium',
    cell: (row) => <span title={row.reason}>{row.reason}</span>,
  },
  {
    id: 'message',
    header: t('events.message'),
    width: 'minmax(12rem, 3fr)',
    cell: (row) => <span title={`${row.reason}: ${row.message}`}>{raw ? row.message : eventWords(row)}</span>,
  },
  {
    id: 'count',
    header: t('events.count'),
    width: '3.5rem',
    align: 'end',
    hideBelow: 'narrow',
    cell: (row) => (row.count > 1 ? `${row.count}×` : ''),
  },
];
const columns = { plain: columnsOf(false).filter(({ id }) => id !== 'reason'), raw: columnsOf(true) };
const keyOf = (row: EventRow): string => row.uid;

export function EventsView() {
  const { items, state, since, problem } = useList(events);
  const [query, setQuery] = useState('');
  const [warningsOnly, setWarningsOnly] = useState(false);
  const [order, setOrder] = useStored<Order>('events.order', 'warnings');
  const [raw, setRaw] = useStored('events.raw', false);
  const now = useNow();
  const rows = useMemo(() => eventRows(items, query, warningsOnly, order), [items, query, warningsOnly, order]);
  return (
    <>
      <div className={css.tools}>
        <SearchField label={t('events.search')} value={query} onChange={setQuery} shortcut />
        <div className={css.choice}>
          <Select<Order>
            label={t('events.order')}
            hideLabel
            value={order}
            onChange={setOrder}
            options={[
              { value: 'warnings', label: t('events.warningsFirst') },
              { value: 'newest', label: t('events.newestFirst') },
            ]}
          />
        </div>
        <Checkbox label={t('events.warningsOnly')} checked={warningsOnly} onChange={setWarningsOnly} />
        <Checkbox label={t('events.raw')} checked={raw} onChange={setRaw} />
      </div>
      {state === 'stale' && <Banner tone="warning" title={t('events.stale', { ago: ago(since, now) })} />}
      {state === 'error' && problem && <ProblemView problem={problem} compact />}
      <DataTable
        label={t('events.list')}
        rows={rows}
        keyOf={keyOf}
        columns={raw ? columns.raw : columns.plain}
        rowHeight={40}
        loading={state === 'loading'}
        empty={
          state === 'error' ? undefined : items.length === 0 ? (
            <EmptyState icon={ActivityIcon} title={t('events.none')}>
              {t('events.noneText')}
            </EmptyState>
          ) : (
            <EmptyState title={t('events.noneFit')} />
          )
        }
      />
    </>
  );
}
