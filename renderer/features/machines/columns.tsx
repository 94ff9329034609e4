import type { MachineRow } from '../../../main/contract/machine.ts';
import type { Column } from '../../ui/data-table.tsx';
import { AddressCell, AgeCell, CpuCell, MemoryCell, NameCell, SizeCell, StatusCell } from './cells.tsx';
import { RowActions } from './row-actions.tsx';
import { t } from './text.ts';

export const columns: Column<MachineRow>[] = [
  { id: 'name', header: t('column.name'), width: 'minmax(11rem, 2fr)', cell: (row) => <NameCell row={row} /> },
  { id: 'status', header: t('column.status'), width: 'minmax(7rem, 1fr)', cell: (row) => <StatusCell row={row} /> },
  { id: 'cpu', header: t('column.cpu'), width: '5.5rem', cell: (row) => <CpuCell row={row} /> },
  { id: 'memory', header: t('column.memory'), width: '7rem', cell: (row) => <MemoryCell row={row} /> },
  {
    id: 'address',
    header: t('column.address'),
    width: 'minmax(9rem, 1.2fr)',
    hideBelow: 'narrow',
    cell: (row) => <AddressCell row={row} />,
  },
  {
    id: 'size',
    header: t('column.size'),
    width: 'minmax(7rem, 1fr)',
    hideBelow: 'medium',
    cell: (row) => <SizeCell row={row} />,
  },
  { id: 'age', header: t('column.age'), width: '7rem', hideBelow: 'medium', cell: (row) => <AgeCell row={row} /> },
  {
    id: 'actions',
    header: t('column.actions'),
    hideHeader: true,
    align: 'end',
    width: '7.5rem',
    cell: (row) => <RowActions row={row} />,
  },
];
