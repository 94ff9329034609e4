import type { ReactNode } from 'react';
import type { SnapshotRow, SnapshotTree } from '../../../main/contract/snapshots.ts';
import { cx } from '../../lib/cx.ts';
import { ago, bytes, dateTime } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { vars } from '../../lib/vars.ts';
import { Button } from '../../ui/button.tsx';
import { ArrowRightIcon, CameraIcon, TrashIcon } from '../../ui/icons.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import type { Tone } from '../../ui/tone.ts';
import { keyOf, linesOf } from './lines.ts';
import css from './snapshots.module.css';
import { t } from './text.ts';

interface Props {
  tree: SnapshotTree;
  name: string;
  /** Why none of them can be gone back to, or deleted, now. */
  why: { restore: string | undefined; remove: string | undefined };
  onRestore: (row: SnapshotRow) => void;
  onDelete: (row: SnapshotRow) => void;
}

/** The tree, one line a snapshot; how deep a line is, is also said to screen readers by the order and by "goes on from". */
export function TreeLines({ tree, name, ...rest }: Props): ReactNode {
  return (
    <ul className={css.tree} aria-label={t('tree', { name })}>
      {linesOf(tree).map((line) => (
        <li
          key={keyOf(line)}
          className={cx(css.line, line.row === 'here' && css.here)}
          style={vars({ '--depth': String(line.depth) })}
          aria-current={line.row === 'here' ? 'true' : undefined}
        >
          {line.row === 'here' ? <Here tree={tree} /> : <Row row={line.row} {...rest} />}
        </li>
      ))}
    </ul>
  );
}

function Here({ tree }: { tree: SnapshotTree }): ReactNode {
  return (
    <>
      <span className={cx(css.mark, css.markHere)}>
        <ArrowRightIcon />
      </span>
      <span className={css.body}>
        <span className={css.name}>{t('here')}</span>
        <span className={css.facts}>
          {t('here.text')} {tree.here === undefined && t('here.fresh')}
        </span>
      </span>
    </>
  );
}

const tones: Record<SnapshotRow['state'], Tone> = {
  taking: 'busy',
  ready: 'ok',
  failed: 'error',
  lost: 'error',
  deleting: 'busy',
};

function Row({ row, why, onRestore, onDelete }: Omit<Props, 'tree' | 'name'> & { row: SnapshotRow }): ReactNode {
  const now = useNow();
  const notReady = why.restore ?? (row.state === 'ready' ? undefined : t('why.notReady'));
  return (
    <>
      <span className={css.mark}>
        <CameraIcon />
      </span>
      <div className={css.body}>
        <div className={css.head}>
          <span className={css.name}>{row.name}</span>
          {row.state !== 'ready' && <StatusBadge tone={tones[row.state]}>{t(`state.${row.state}`)}</StatusBadge>}
        </div>
        {row.description && <span className={css.description}>{row.description}</span>}
        <div className={css.facts}>
          {row.scheduled && <span>{t('scheduled')}</span>}
          <time dateTime={row.at} title={dateTime(row.at)}>
            {ago(row.at, now)}
          </time>
          {row.state === 'ready' && row.memory === undefined && <span>{t(`guest.${row.guest}`)}</span>}
          {row.memory !== undefined && <span>{t('memory', { size: bytes(row.memory) })}</span>}
          {row.size !== undefined && <span>{t('disks', { size: bytes(row.size) })}</span>}
          {row.excluded.length > 0 && <span>{t('without', { names: row.excluded.join(', ') })}</span>}
        </div>
        {row.memoryMissing && <span className={css.facts}>{t('noMemory', { why: row.memoryMissing })}</span>}
        {row.detail && row.state !== 'deleting' && (
          <span className={row.state === 'taking' ? css.facts : css.bad}>{row.detail}</span>
        )}
      </div>
      <div className={css.actions}>
        <Button size="small" why={notReady} onClick={() => onRestore(row)}>
          {t('restore')}
        </Button>
        <IconButton
          icon={TrashIcon}
          label={`${t('delete')} ${row.name}`}
          why={why.remove ?? (row.state === 'deleting' ? t('state.deleting') : undefined)}
          onClick={() => onDelete(row)}
        />
      </div>
    </>
  );
}
