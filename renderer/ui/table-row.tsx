import { memo } from 'react';
import type { MouseEvent, ReactElement } from 'react';
import { cx } from '../lib/cx.ts';
import { vars } from '../lib/vars.ts';
import { Checkbox } from './checkbox.tsx';
import css from './data-table.module.css';
import type { Column } from './table-model.ts';
import { t } from './text.ts';

interface Props<T> {
  row: T;
  id: string;
  index: number;
  y: number;
  label: string;
  columns: readonly Column<T>[];
  active: boolean;
  /** undefined where rows cannot be selected. */
  selected: boolean | undefined;
  opens: boolean;
  onPress: (index: number) => void;
  onToggle: (index: number, range: boolean) => void;
  onDrag?: ((index: number, transfer: DataTransfer) => void) | undefined;
}

/** Presses on a control in a cell are that control's. */
export const onControl = (event: MouseEvent): boolean =>
  event.target instanceof Element && event.target.closest('a, button, input, label, [role=menuitem]') !== null;

function TableRow<T>(props: Props<T>) {
  const { row, id, index, y, label, columns, active, selected, opens, onPress, onToggle, onDrag } = props;
  return (
    // oxlint-disable-next-line click-events-have-key-events -- the grid handles the keys (aria-activedescendant)
    <div
      role="row"
      id={id}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={cx(css.row, active && css.active, selected && css.selected, opens && css.opens)}
      style={vars({ '--y': `${y}px` })}
      onClick={(event) => !onControl(event) && onPress(index)}
      draggable={onDrag !== undefined}
      onDragStart={onDrag && ((event) => onDrag(index, event.dataTransfer))}
    >
      {selected !== undefined && (
        // oxlint-disable-next-line click-events-have-key-events -- only keeps shift for the checkbox within
        <div role="gridcell" className={css.check} onClickCapture={(event) => event.shiftKey && onToggle(index, true)}>
          <Checkbox
            label={t('select.one', { label })}
            hideLabel
            checked={selected}
            onChange={() => onToggle(index, false)}
          />
        </div>
      )}
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={cx(css.cell, column.align === 'end' && css.end)}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}
export const Row = memo(TableRow) as <T>(props: Props<T>) => ReactElement;
