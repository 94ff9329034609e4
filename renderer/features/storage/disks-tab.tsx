import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { StorageDisk } from '../../../main/contract/storage.ts';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { DiskIcon } from '../../ui/icons.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { HangsCell, NameCell, sizeText, UsersCell } from './cells.tsx';
import { DiskActions } from './disk-actions.tsx';
import css from './storage.module.css';
import { t } from './text.ts';
import { matching } from './use-storage.ts';
import { byName } from '../../lib/format.ts';

const columns: Column<StorageDisk>[] = [
  {
    id: 'name',
    header: t('column.name'),
    width: 'minmax(12rem, 2fr)',
    compare: (a, b) => byName(a.displayName, b.displayName),
    cell: (row) => <NameCell row={row} />,
  },
  {
    id: 'usedBy',
    header: t('column.usedBy'),
    width: 'minmax(8rem, 1.4fr)',
    compare: (a, b) => byName(a.usedBy[0]?.name ?? '', b.usedBy[0]?.name ?? ''),
    cell: (row) => <UsersCell row={row} />,
  },
  { id: 'size', header: t('column.size'), width: '10rem', compare: (a, b) => a.size - b.size, cell: sizeText },
  {
    id: 'hangs',
    header: t('column.hangs'),
    width: '10rem',
    hideBelow: 'medium',
    compare: (a, b) => a.snapshots.length + a.clones.length - b.snapshots.length - b.clones.length,
    cell: (row) => <HangsCell row={row} />,
  },
  {
    id: 'actions',
    header: t('column.actions'),
    hideHeader: true,
    align: 'end',
    width: '3.5rem',
    cell: (row) => <DiskActions row={row} />,
  },
];
export const diskKey = (row: StorageDisk): string => row.uid;
export const diskName = (row: StorageDisk): string => row.displayName;

export interface TabProps {
  rows: readonly StorageDisk[];
  loading: boolean;
}
/** All disks, with who has each. */
export function DisksTab({ rows, loading }: TabProps): ReactNode {
  const [search, setSearch] = useState('');
  const shown = useMemo(() => matching(rows, search), [rows, search]);
  return (
    <>
      <div className={css.bar}>
        <div className={css.search}>
          <SearchField
            label={t('search')}
            placeholder={t('searchPlaceholder')}
            value={search}
            onChange={setSearch}
            shortcut
          />
        </div>
      </div>
      <div className={css.table}>
        <DataTable
          label={t('tab.disks')}
          rows={shown}
          keyOf={diskKey}
          rowLabel={diskName}
          columns={columns}
          rowHeight={52}
          loading={loading}
          sort={{ id: 'name', descending: false }}
          empty={
            <EmptyState icon={DiskIcon} title={t(rows.length === 0 ? 'none.title' : 'noMatch.title')}>
              {t(rows.length === 0 ? 'none.text' : 'noMatch.text')}
            </EmptyState>
          }
        />
      </div>
    </>
  );
}
