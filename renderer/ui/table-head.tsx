import { cx } from '../lib/cx.ts';
import { Checkbox } from './checkbox.tsx';
import css from './data-table.module.css';
import { ArrowDownIcon, ArrowUpIcon } from './icons.tsx';
import type { Column, Sort } from './table-model.ts';
import { t } from './text.ts';

interface Props<T> {
  columns: readonly Column<T>[];
  sort: Sort | undefined;
  onSort: (id: string) => void;
  /** undefined where rows cannot be selected. */
  all: 'none' | 'some' | 'all' | undefined;
  onAll: (on: boolean) => void;
}

export function TableHead<T>({ columns, sort, onSort, all, onAll }: Props<T>) {
  return (
    <div role="rowgroup" className={css.head}>
      <div role="row" aria-rowindex={1} className={css.headRow}>
        {all !== undefined && (
          <div role="columnheader" className={css.check}>
            <Checkbox
              label={t('select.all')}
              hideLabel
              checked={all === 'all'}
              indeterminate={all === 'some'}
              onChange={onAll}
            />
          </div>
        )}
        {columns.map((column) => {
          const sorted = sort?.id === column.id ? sort : undefined;
          const Arrow = sorted?.descending ? ArrowDownIcon : ArrowUpIcon;
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={sorted && (sorted.descending ? 'descending' : 'ascending')}
              className={cx(css.cell, css.headCell, column.align === 'end' && css.end)}
            >
              {column.compare ? (
                <button type="button" className={cx(css.sort, sorted && css.sorted)} onClick={() => onSort(column.id)}>
                  {column.header}
                  <Arrow />
                </button>
              ) : (
                <span className={column.hideHeader ? 'visually-hidden' : undefined}>{column.header}</span>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
