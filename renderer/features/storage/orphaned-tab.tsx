import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { StorageDisk } from '../../../main/contract/storage.ts';
import { bytes } from '../../lib/format.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { CheckIcon } from '../../ui/icons.tsx';
import { HangsCell, NameCell, SinceCell, sizeText } from './cells.tsx';
import { DiskActions } from './disk-actions.tsx';
import { diskKey, diskName } from './disks-tab.tsx';
import type { TabProps } from './disks-tab.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import css from './storage.module.css';
import { t } from './text.ts';
import { held } from './use-storage.ts';

const columns: Column<StorageDisk>[] = [
  { id: 'name', header: t('column.name'), width: 'minmax(12rem, 2fr)', cell: (row) => <NameCell row={row} /> },
  { id: 'since', header: t('column.since'), width: 'minmax(8rem, 1fr)', cell: (row) => <SinceCell row={row} /> },
  { id: 'size', header: t('column.size'), width: '10rem', compare: (a, b) => held(a) - held(b), cell: sizeText },
  { id: 'hangs', header: t('column.hangs'), width: '10rem', hideBelow: 'medium', cell: (row) => <HangsCell row={row} /> },
  { id: 'actions', header: t('column.actions'), hideHeader: true, align: 'end', width: '3.5rem', cell: (row) => <DiskActions row={row} /> },
]; // prettier-ignore
const nobody: ReadonlySet<string> = new Set();
const sum = (rows: readonly StorageDisk[]): string => bytes(rows.reduce((all, row) => all + held(row), 0));

/** Disks that no machine has, the largest first, to be had back, reused or given up. */
export function OrphanedTab({ rows, loading }: TabProps): ReactNode {
  const [selected, setSelected] = useState<ReadonlySet<string>>(nobody);
  const [going, setGoing] = useState<readonly StorageDisk[]>();
  const offer = useOffer();
  const chosen = useMemo(() => rows.filter((row) => selected.has(row.uid)), [rows, selected]);
  return (
    <>
      {rows.length > 0 && (
        <div className={css.bar}>
          <p className={css.grow}>
            {chosen.length > 0
              ? t('orphaned.selected', { n: chosen.length, size: sum(chosen) })
              : t('orphaned.text', { n: rows.length, size: sum(rows) })}
          </p>
          {chosen.length > 0 && (
            <Button tone="danger" why={offer('storage.remove')} onClick={() => setGoing(chosen)}>
              {t('orphaned.reclaim')}
            </Button>
          )}
        </div>
      )}
      <div className={css.table}>
        <DataTable
          label={t('tab.orphaned')}
          rows={rows}
          keyOf={diskKey}
          rowLabel={diskName}
          columns={columns}
          rowHeight={52}
          loading={loading}
          selected={selected}
          onSelect={setSelected}
          empty={
            <EmptyState icon={CheckIcon} title={t('orphaned.none.title')}>
              {t('orphaned.none.text')}
            </EmptyState>
          }
        />
      </div>
      {going && (
        <RemoveDialog
          rows={going}
          onClose={() => {
            setGoing(undefined);
            setSelected(nobody);
          }}
        />
      )}
    </>
  );
}
