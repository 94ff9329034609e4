import type { ReactNode } from 'react';
import type { Task } from '../../../../main/contract/task.ts';
import { Progress } from '../../../ui/progress.tsx';
import { TaskCard } from '../../../ui/task-card.tsx';
import css from './runner.module.css';
import { t } from './text.ts';

/** While everything is put back: nothing can be done meanwhile. */
export function Rewinding({ task }: { task: Task | undefined }): ReactNode {
  return (
    <section className={css.card} aria-label={t('instructions')} data-pane="steps" aria-busy="true">
      <h2>{t('rewinding')}</h2>
      <p className={css.muted}>{t('rewinding.text')}</p>
      {task ? <TaskCard task={task} /> : <Progress label={t('rewinding')} />}
    </section>
  );
}
