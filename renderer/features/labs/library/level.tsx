import type { ReactNode } from 'react';
import { labLevels } from '../../../../main/contract/labs/levels.ts';
import { cx } from '../../../lib/cx.ts';
import css from './level.module.css';

/** How much it asks, as bars and in words. */
export function Level({ level }: { level: string }): ReactNode {
  const rank = (labLevels as readonly string[]).indexOf(level) + 1;
  return (
    <span className={css.level}>
      {rank > 0 && (
        <span className={css.bars} aria-hidden="true">
          {labLevels.map((each, n) => (
            <span key={each} className={cx(css.bar, n < rank && css.on)} />
          ))}
        </span>
      )}
      {level.charAt(0).toUpperCase() + level.slice(1)}
    </span>
  );
}
