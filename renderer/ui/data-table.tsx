import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { vars } from '../lib/vars.ts';
import { cx } from '../lib/cx.ts';
import { useLatest } from '../lib/use-latest.ts';
import css from './data-table.module.css';
import { Skeleton } from './skeleton.tsx';
import { TableHead } from './table-head.tsx';
import { fitting, moveTo, nextSort, select, sortRows } from './table-model.ts';
import type { Column, Sort } from './table-model.ts';
import { Row } from './table-row.tsx';
import { useWidth } from './use-width.ts';

export type { Column, Sort } from './table-model.ts';

interface Props<T> {
  label: string;
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** Keep it the same array between renders: rows are drawn again when it changes. */
  columns: readonly Column<T>[];
  rowHeight?: number | undefined;
  sort?: Sort | undefined;
  onSort?: ((sort: Sort) => void) | undefined;
  selected?: ReadonlySet<string> | undefined;
  onSelect?: ((keys: ReadonlySet<string>) => void) | undefined;
  onOpen?: ((row: T) => void) | undefined;
  /** A row's name, for the checkbox. */
  rowLabel?: ((row: T) => string) | undefined;
  /** Shown instead of rows when there are none. */
  empty?: ReactNode;
  loading?: boolean | undefined;
  /** Makes rows draggable; what a drop gets (type text/plain). */
  dragData?: ((row: T) => string) | undefined;
}

/**
 * A list of any length in a fixed number of elements. Takes its parent's height. Keys: arrows, Page, Home and End move;
 * Enter opens; Space selects; Ctrl+A selects all.
 */
export function DataTable<T>(props: Props<T>) {
  const {
    label,
    rows,
    keyOf,
    columns,
    rowHeight = 44,
    onSelect,
    selected,
    onOpen,
    rowLabel = keyOf,
    empty,
    loading,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const width = useWidth(scroller);
  const [ownSort, setOwnSort] = useState<Sort | undefined>(props.sort);
  const [activeKey, setActiveKey] = useState<string>();
  const anchor = useRef<number>(undefined);

  const selects = onSelect !== undefined;
  const sort = props.onSort ? props.sort : ownSort;
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  const shown = useMemo(
    () => fitting(columns, width === 0 ? 0 : width - (selects ? 36 : 0)),
    [columns, width, selects],
  );
  const keys = useMemo(() => sorted.map(keyOf), [sorted, keyOf]);
  const active = activeKey === undefined ? -1 : keys.indexOf(activeKey);

  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 4,
    useFlushSync: false,
    getItemKey: (index) => keys[index] ?? index,
  });

  // The latest of everything, so that rows keep the same callbacks and are drawn again only when they changed.
  const latest = useLatest({ keys, sorted, selected, onSelect, onOpen, dragData: props.dragData });
  const press = useCallback(
    (index: number) => {
      const { keys: k, sorted: s, onOpen: open } = latest.current;
      setActiveKey(k[index]);
      const row = s[index];
      if (row !== undefined && !window.getSelection()?.toString()) open?.(row);
    },
    [latest],
  );
  const drag = useCallback(
    (index: number, transfer: DataTransfer) => {
      const { sorted: s, dragData } = latest.current;
      const row = s[index];
      if (row !== undefined && dragData) transfer.setData('text/plain', dragData(row));
    },
    [latest],
  );
  const toggle = useCallback(
    (index: number, range: boolean) => {
      const { keys: k, selected: chosen = new Set<string>(), onSelect: tell } = latest.current;
      if (!range || anchor.current === undefined) anchor.current = range ? undefined : index;
      tell?.(select(k, chosen, index, range ? anchor.current : undefined));
      anchor.current = index;
    },
    [latest],
  );

  const onKey = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const to = moveTo(event.key, active, keys.length, page);
    const row = sorted[active];
    if (to !== undefined) {
      setActiveKey(keys[to]);
      virtual.scrollToIndex(to);
    } else if (event.key === 'Enter' && row !== undefined) onOpen?.(row);
    else if (event.key === ' ' && row !== undefined && onSelect) toggle(active, event.shiftKey);
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey) && onSelect) onSelect(new Set(keys));
    else return;
    event.preventDefault();
  };
  const many = onSelect ? keys.filter((key) => selected?.has(key)).length : 0;

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={sorted.length + 1}
      aria-multiselectable={onSelect ? true : undefined}
      aria-activedescendant={active >= 0 ? `${id}${activeKey}` : undefined}
      tabIndex={0}
      className={css.grid}
      style={vars({
        '--columns': `${onSelect ? '2.25rem ' : ''}${shown.map((column) => column.width).join(' ')}`,
        '--row-height': `${rowHeight}px`,
      })}
      onKeyDown={onKey}
      onFocus={(event) => event.target === event.currentTarget && active < 0 && setActiveKey(keys[0])}
    >
      <TableHead
        columns={shown}
        sort={sort}
        onSort={(column) => (props.onSort ?? setOwnSort)(nextSort(sort, column))}
        all={onSelect && (many === 0 ? 'none' : many === keys.length ? 'all' : 'some')}
        onAll={(on) => onSelect?.(new Set(on ? keys : []))}
      />
      <div role="rowgroup" className={css.body} style={vars({ '--total': `${virtual.getTotalSize()}px` })}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = sorted[index];
          const key = keys[index];
          if (row === undefined || key === undefined) return null;
          return (
            <Row
              key={key}
              row={row}
              id={`${id}${key}`}
              index={index}
              y={start}
              label={rowLabel(row)}
              columns={shown}
              active={index === active}
              selected={onSelect && (selected?.has(key) ?? false)}
              opens={onOpen !== undefined}
              onPress={press}
              onToggle={toggle}
              onDrag={props.dragData && drag}
            />
          );
        })}
      </div>
      {sorted.length === 0 && (
        <div role="row" className={css.none}>
          <div role="gridcell" className={cx(css.noneCell, loading && css.loading)}>
            {loading ? <Skeleton height="row" count={6} /> : empty}
          </div>
        </div>
      )}
    </div>
  );
}
