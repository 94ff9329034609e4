import type { ReactNode } from 'react';
import type { LabRow } from '../../../../main/contract/labs/run.ts';
import { Button } from '../../../ui/button.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { t } from '../text.ts';
import css from './library.module.css';

/** A lab whose file is not right: what and where, and the way to it. */
export function BrokenLab({ row }: { row: LabRow }): ReactNode {
  const { problem, name } = row;
  if (!problem) return null;
  return (
    <li className={css.broken} data-lab={name}>
      <ProblemView
        problem={{ ...problem, title: `${row.title || name}: ${problem.title}` }}
        compact
        actions={
          <Button size="small" to={`/labs/${name}/file`}>
            {t('file.open')}
            <span className="visually-hidden"> {name}</span>
          </Button>
        }
      />
    </li>
  );
}
