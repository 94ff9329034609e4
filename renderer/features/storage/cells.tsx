import type { ReactNode } from 'react';
import type { StorageDisk } from '../../../main/contract/storage.ts';
import { bytes, coarse } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { StatusDot } from '../../ui/status.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import css from './storage.module.css';
import { t } from './text.ts';

export function NameCell({ row }: { row: StorageDisk }): ReactNode {
  const second = [
    row.namespace !== 'default' && row.namespace,
    row.kind !== 'disk' && t(`kind.${row.kind}`),
    row.bin && t('inBin'),
    row.phase !== 'Bound' && row.phase,
    row.storageClass,
  ].filter(Boolean);
  return <TwoLines strong first={row.displayName} second={second.join(' · ')} />;
}
export function UsersCell({ row }: { row: StorageDisk }): ReactNode {
  if (row.usedBy.length === 0)
    return <span className={css.second}>{t(row.kind === 'image' ? 'inLibrary' : 'nobody')}</span>;
  return (
    <span className={css.users}>
      {row.usedBy.map(({ name, running }) => (
        <span key={name} className={css.user}>
          <StatusDot tone={running ? 'running' : 'stopped'} />
          <a className={css.name} href={`#/machines/${row.namespace}/${name}/disks`}>
            {name}
          </a>
        </span>
      ))}
    </span>
  );
}
export const sizeText = (row: { size: number; used?: number }): string =>
  row.used === undefined ? bytes(row.size) : t('sizeUsed', { used: bytes(row.used), size: bytes(row.size) });

export function HangsCell({ row }: { row: StorageDisk }): ReactNode {
  const parts = [
    row.snapshots.length > 0 && t('snapshots', { n: row.snapshots.length }),
    row.clones.length > 0 && t('clones', { n: row.clones.length }),
  ].filter((part) => part !== false);
  const names = [...row.snapshots, ...row.clones.map(({ name }) => name)].join(', ');
  return <span title={names || undefined}>{parts.join(', ') || '–'}</span>;
}
export function SinceCell({ row }: { row: StorageDisk }): ReactNode {
  const now = useNow();
  const since = row.orphaned?.since;
  const time = coarse((now - Date.parse(since ?? row.createdAt)) / 1000);
  return <span>{t(since ? 'since' : 'sinceUnknown', { time })}</span>;
}
