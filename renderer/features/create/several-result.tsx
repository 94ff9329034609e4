import type { ReactNode } from 'react';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import css from './create.module.css';
import { t } from './text.ts';

/** Machines that are being made, or were: each with its own result. */
export function SeveralResult({ taskId, onBack }: { taskId: string; onBack: () => void }): ReactNode {
  const task = useTask(taskId);
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  return (
    <Card title={t('several.result')}>
      {task ? <TaskCard task={task} onCancel={() => void cancel.run(taskId)} /> : <Skeleton count={3} />}
      <div className={css.result}>
        <Button tone="quiet" onClick={onBack}>
          {t('several.back')}
        </Button>
        <Button tone="primary" to="/machines">
          {t('several.list')}
        </Button>
      </div>
    </Card>
  );
}
