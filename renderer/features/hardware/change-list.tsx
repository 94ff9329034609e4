import type { ReactNode } from 'react';
import type { PlannedChange } from '../../../main/contract/hardware.ts';
import { StatusBadge } from '../../ui/status.tsx';
import css from './hardware.module.css';
import { t } from './text.ts';
import { whatOf } from './use-hardware.ts';

const tones = { now: 'ok', restart: 'warning', refused: 'problem' } as const;

/** Changes, each with when it applies and why not now. */
export function ChangeList({ changes }: { changes: readonly PlannedChange[] }): ReactNode {
  return (
    <ul className={css.changes}>
      {changes.map((change) => (
        <li key={`${change.what} ${change.name ?? ''}`} className={css.change}>
          <span className={css.what}>{whatOf(change)}</span>
          {change.to !== undefined && (
            <span>
              {change.from === undefined ? change.to : t('pending.from', { from: change.from, to: change.to })}
            </span>
          )}
          <StatusBadge tone={tones[change.when]}>{t(`when.${change.when}`)}</StatusBadge>
          {change.why && <span className={css.reason}>{change.why}</span>}
        </li>
      ))}
    </ul>
  );
}
