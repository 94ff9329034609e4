import { useState } from 'react';
import type { Appliance } from '../../../main/contract/appliance.ts';
import { useTasks } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ActivityIcon } from '../../ui/icons.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { RunLog } from '../install/run-log.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';

/** What was done on it, the latest first, each with its log. */
export function Runs({ row }: { row: Appliance }) {
  const runs = useTasks().filter((task) => task.object?.kind === 'Appliance' && task.object.name === row.id);
  const [open, setOpen] = useState<string>();
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const dismiss = useAction((api, id: string) => api.tasks.dismiss({ id }), { onProblem: toastProblem });
  if (runs.length === 0)
    return (
      <EmptyState icon={ActivityIcon} title={t('runs.none')}>
        {t('runs.noneText')}
      </EmptyState>
    );
  return (
    <div className={css.stack}>
      {runs.map((task) => (
        <div key={task.id} className={css.stack}>
          <Card>
            <TaskCard
              task={task}
              compact={task.state === 'done' && open !== task.id}
              onCancel={() => void cancel.run(task.id)}
              onDismiss={() => void dismiss.run(task.id)}
            />
            <div className={css.runFoot}>
              <Button
                size="small"
                tone="quiet"
                aria-expanded={open === task.id}
                onClick={() => setOpen(open === task.id ? undefined : task.id)}
              >
                {t(open === task.id ? 'runs.hide' : 'runs.show')}
                <span className="visually-hidden"> {task.title}</span>
              </Button>
            </div>
          </Card>
          {open === task.id && <RunLog taskId={task.id} live={task.state === 'running'} />}
        </div>
      ))}
    </div>
  );
}
