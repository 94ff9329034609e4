import { useMemo, useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { cx } from '../../lib/cx.ts';
import { vars } from '../../lib/vars.ts';
import { FolderIcon } from '../../ui/icons.tsx';
import css from './folder-tree.module.css';
import { folderCounts } from './folders.ts';
import { t } from './text.ts';

interface Props {
  rows: readonly MachineRow[];
  value: string;
  onChange: (folder: string) => void;
  /** Uids of machines that were dropped on a folder. */
  onDrop: (uids: string[], folder: string) => void;
}

/** Folders of machines, each with how many it holds; not there while nobody made one. Rows can be dropped on them. */
export function FolderTree({ rows, value, onChange, onDrop }: Props): ReactNode {
  const folders = useMemo(() => folderCounts(rows), [rows]);
  const [over, setOver] = useState<string>();
  if (folders.length === 0 && value === '') return null;
  const item = (path: string, name: string, count: number, depth: number): ReactNode => (
    <li key={path}>
      <button
        type="button"
        className={cx(css.item, over === path && css.over)}
        style={vars({ '--depth': depth })}
        aria-current={value === path ? 'true' : undefined}
        title={path || undefined}
        onClick={() => onChange(path)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(path);
        }}
        onDragLeave={() => setOver(undefined)}
        onDrop={(event: DragEvent) => {
          event.preventDefault();
          setOver(undefined);
          onDrop(event.dataTransfer.getData('text/plain').split(' '), path);
        }}
      >
        <FolderIcon />
        <span className={css.name}>{name}</span>
        <span className={css.count}>{count}</span>
      </button>
    </li>
  );
  return (
    <nav className={css.tree} aria-label={t('folders')}>
      <ul>
        {item('', t('folder.all'), rows.length, 0)}
        {folders.map(({ path, name, count, depth }) => item(path, name, count, depth))}
      </ul>
    </nav>
  );
}
