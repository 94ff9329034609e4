import type { ReactNode } from 'react';
import type { LabPreview } from '../../../../main/contract/labs/run.ts';
import { bytes } from '../../../lib/format.ts';
import { Meter } from '../../../ui/meter.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Missing } from '../library/lab-card.tsx';
import { t } from '../text.ts';
import css from './lab.module.css';

/** What it takes, in numbers, and what is in the way of it. */
export function Needs({ preview }: { preview: LabPreview }): ReactNode {
  const { memory, disk, row, problems } = preview;
  return (
    <div className={css.stack}>
      {row.missing.length > 0 && (
        <div className={css.tight}>
          <h3 className={css.small}>{t('missing')}</h3>
          <Missing of={row.missing} />
        </div>
      )}
      {problems.map((problem) => (
        <ProblemView key={`${problem.code} ${problem.detail}`} problem={problem} compact />
      ))}
      <Amount label={t('fact.memory')} {...memory} />
      <Amount label={t('fact.disk')} {...disk} />
    </div>
  );
}

function Amount({ label, wanted, free }: { label: string; wanted: number; free?: number }): ReactNode {
  if (wanted === 0) return null;
  if (free === undefined)
    return (
      <p className={css.amount}>
        <span>{label}</span>
        <span className={css.count}>{bytes(wanted)}</span>
      </p>
    );
  const text = t('ofFree', { wanted: bytes(wanted), free: bytes(free) });
  return <Meter label={label} value={wanted} max={free} text={text} />;
}
