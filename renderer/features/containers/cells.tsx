import type { ReactNode } from 'react';
import type { PodRow } from '../../../main/contract/pods.ts';
import { coarse, dateTime } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { StatusDot } from '../../ui/status.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';
import css from './containers.module.css';
import { t } from './text.ts';
import { statusWord } from './use-containers.ts';

/** The name, and under it why it is not as asked, or else what it is. */
export function NameCell({ row }: { row: PodRow }): ReactNode {
  const what = [
    row.kind,
    ...(row.namespace === 'default' ? [] : [row.namespace]),
    ...(row.machine ? [t('machine', { name: row.machine.name })] : row.images.slice(0, 1)),
  ].join(' · ');
  const { why } = row;
  return why ? (
    <TwoLines strong first={row.name} second={why.title} bad more={[why.detail, why.cure].filter(Boolean).join('\n')} />
  ) : (
    <TwoLines strong first={row.name} second={what} />
  );
}

export function StatusCell({ row }: { row: PodRow }): ReactNode {
  return (
    <span className={css.status}>
      <StatusDot tone={row.tone} />
      <span className={css.clip} title={row.status}>
        {statusWord(row.status)}
      </span>
    </span>
  );
}

export function AgeCell({ at }: { at: string }): ReactNode {
  const now = useNow();
  return <span title={dateTime(at)}>{coarse((now - Date.parse(at)) / 1000)}</span>;
}
