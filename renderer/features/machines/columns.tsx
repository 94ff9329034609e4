import type { MachineRow } from '../../../main/contract/machine.ts';
import type { Column } from '../../ui/data-table.tsx';
import { AddressCell, AgeCell, CpuCell, MemoryCell, NameCell, StatusCell } from './cells.tsx';
import { RowActions } from './row-actions.tsx';
import { t } from './text.ts';

/** Makes a heading a button. The rows come sorted already (live-view.ts), so the table has nothing to move. */
const outside = (): number => 0;

export const columns: Column<MachineRow>[] = [
  {
    id: 'name',
    header: t('column.name'),
    width: 'minmax(11rem, 1fr)',
    compare: outside,
    cell: (row) => <NameCell row={row} />,
  },
  {
    id: 'status',
    header: t('column.status'),
    width: 'minmax(7rem, 9.75rem)',
    compare: outside,
    cell: (row) => <StatusCell row={row} />,
  },
  {
    id: 'cpu',
    header: t('column.cpu'),
    width: '5.75rem',
    hideBelow: 'tight',
    compare: outside,
    cell: (row) => <CpuCell row={row} />,
  },
  {
    id: 'memory',
    header: t('column.memory'),
    width: '7.25rem',
    hideBelow: 'tight',
    compare: outside,
    cell: (row) => <MemoryCell row={row} />,
  },
  {
    id: 'address',
    header: t('column.address'),
    width: 'minmax(8rem, 9.25rem)',
    hideBelow: 'narrow',
    compare: outside,
    cell: (row) => <AddressCell row={row} />,
  },
  {
    id: 'age',
    header: t('column.age'),
    width: '9rem',
    hideBelow: 'medium',
    compare: outside,
    cell: (row) => <AgeCell row={row} />,
  },
  {
    id: 'actions',
    header: t('column.actions'),
    hideHeader: true,
    align: 'end',
    width: '6.5rem',
    cell: (row) => <RowActions row={row} />,
  },
];
