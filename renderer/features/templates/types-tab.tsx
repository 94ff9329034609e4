import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { TypeRow } from '../../../main/contract/templates.ts';
import { bytes } from '../../lib/format.ts';
import { target, useLive } from '../../lib/resources.ts';
import { useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PlusIcon, ScaleIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import css from './templates.module.css';
import { t } from './text.ts';
import { TypeDialog } from './type-dialog.tsx';
import { blankType } from './type-form.ts';

const keyOf = ({ kind, namespace, name }: TypeRow): string => `${kind} ${namespace ?? ''}/${name}`;
const nameOf = ({ displayName }: TypeRow): string => displayName;

const sizeOf = ({ cpus, memory }: TypeRow): string =>
  t('types.size', { cpus: cpus ?? '–', memory: memory === undefined ? '–' : bytes(memory) });

const columns: Column<TypeRow>[] = [
  {
    id: 'name',
    header: t('column.name'),
    width: 'minmax(12rem, 2fr)',
    compare: (one, other) => one.name.localeCompare(other.name),
    cell: (row) => (
      <TwoLines strong first={row.name} second={[row.displayName !== row.name && row.displayName, row.bundled ? t('types.bundled') : t('types.own'), row.namespace].filter(Boolean).join(' · ')} />
    ),
  },
  {
    id: 'size',
    header: t('column.size'),
    width: 'minmax(10rem, 1fr)',
    compare: (one, other) => (one.cpus ?? 0) - (other.cpus ?? 0) || (one.memory ?? 0) - (other.memory ?? 0),
    cell: (row) =>
      row.cpus === undefined && row.memory === undefined
        ? '–'
        : row.kind.endsWith('Preference')
          ? t('types.asks', { size: sizeOf(row) })
          : sizeOf(row),
  },
  {
    id: 'facts',
    header: t('column.facts'),
    width: 'minmax(10rem, 2fr)',
    hideBelow: 'medium',
    cell: (row) => <span className={css.facts}>{row.facts.join(', ') || '–'}</span>,
  },
  {
    id: 'machines',
    header: t('column.machines'),
    width: '6rem',
    compare: (one, other) => one.machines.length - other.machines.length,
    cell: (row) => String(row.machines.length),
  },
]; // prettier-ignore

/** Instance types or preferences, of the cluster and of the namespaces. */
export function TypesTab({ of }: { of: 'types' | 'preferences' }): ReactNode {
  const { value: here } = useLive(target);
  const offer = useOffer();
  const list = useCall(['types', here?.id], (api, signal) => api.templates.types({}, { signal }), { staleMs: 0 });
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState<{ row: TypeRow; editing: boolean }>();
  const [sort, setSort] = useState<{ id: string; descending: boolean }>();
  const rows = useMemo(() => {
    const words = search.toLowerCase();
    return (list.value ?? []).filter(
      (row) =>
        row.kind.endsWith('Preference') === (of === 'preferences') &&
        `${row.name} ${row.displayName} ${row.facts.join(' ')}`.toLowerCase().includes(words),
    );
  }, [list.value, of, search]);
  const close = (): void => {
    setShown(undefined);
    list.again();
  };
  if (list.problem && !list.value) return <ProblemView problem={list.problem} />;
  return (
    <>
      {list.problem && <ProblemView problem={list.problem} />}
      <div className={css.bar}>
        <SearchField label={t('search')} value={search} onChange={setSearch} shortcut />
        <Button
          icon={PlusIcon}
          why={offer('templates.saveType')}
          onClick={() => setShown({ row: blankType(of), editing: true })}
        >
          {t(`${of}.new`)}
        </Button>
      </div>
      <div className={css.table}>
        <DataTable
          label={t(`tab.${of}`)}
          rows={rows}
          keyOf={keyOf}
          columns={columns}
          rowHeight={56}
          rowLabel={nameOf}
          {...(sort && { sort })}
          onSort={setSort}
          onOpen={(row) => setShown({ row, editing: false })}
          loading={list.loading}
          empty={
            <EmptyState icon={ScaleIcon} title={t('types.empty')}>
              {t('types.empty.text')}
            </EmptyState>
          }
        />
      </div>
      {shown && <TypeDialog row={shown.row} editing={shown.editing} onClose={close} />}
    </>
  );
}
