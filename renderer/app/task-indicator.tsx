import { useState } from 'react';
import { useTasks } from '../lib/tasks.ts';
import { useAction } from '../lib/use-call.ts';
import { useMay } from '../lib/use-may.ts';
import { Button } from '../ui/button.tsx';
import { Popover } from '../ui/popover.tsx';
import { TaskCard } from '../ui/task-card.tsx';
import { toastProblem } from '../ui/toast.tsx';
import css from './shell.module.css';
import { t } from './text.ts';

/** Shown while anything runs: how much, and what. */
export function TaskIndicator() {
  const running = useTasks().filter((task) => task.state === 'running');
  const [open, setOpen] = useState(false);
  const may = useMay();
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  if (running.length === 0 && !open) return null;
  const label = t('tasks.running', { n: running.length });
  return (
    <Popover
      title={t('tasks.title')}
      side="right"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <button type="button" className={css.item}>
          <span className={css.ring} />
          <span className={css.word}>{label}</span>
        </button>
      }
    >
      <div className={css.tasks}>
        {running.map((task) => (
          <TaskCard
            key={task.id}
            task={task}
            compact
            onCancel={may('tasks.cancel', { task: task.id }) === undefined ? () => void cancel.run(task.id) : undefined}
          />
        ))}
        {running.length === 0 && <p className={css.none}>{t('tasks.none')}</p>}
      </div>
      <div className={css.tasksFoot}>
        <Button size="small" tone="quiet" to="/activity">
          {t('tasks.all')}
        </Button>
      </div>
    </Popover>
  );
}
