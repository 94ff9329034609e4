import { useState } from 'react';
import type { Task } from '../../../main/contract/task.ts';
import { tasks as resource, useList } from '../../lib/resources.ts';
import { useTasks } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ActivityIcon } from '../../ui/icons.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import css from './activity.module.css';
import { taskPlace } from './task-place.ts';
import { t } from './text.ts';

type Filter = 'all' | 'running' | 'failed';

export function TasksView() {
  const all = useTasks();
  const { state } = useList(resource);
  const [filter, setFilter] = useState<Filter>('all');
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const dismiss = useAction((api, id: string) => api.tasks.dismiss({ id }), { onProblem: toastProblem });
  const again = useAction((api, id: string) => api.tasks.tryAgain({ id }), { onProblem: toastProblem });
  const may = useMay();
  const mine = (task: Task): boolean => may('tasks.cancel', { task: task.id }) === undefined;
  const ended = all.filter((task) => task.state !== 'running' && mine(task));
  const shown = all.filter((task) => filter === 'all' || task.state === filter);
  if (state === 'loading') return <Skeleton height="block" count={3} />;
  if (all.length === 0)
    return (
      <EmptyState icon={ActivityIcon} title={t('tasks.none')}>
        {t('tasks.noneText')}
      </EmptyState>
    );
  return (
    <div className={css.tasks}>
      <div className={css.tools}>
        <div className={css.choice}>
          <Select<Filter>
            label={t('tasks.filter')}
            hideLabel
            value={filter}
            onChange={setFilter}
            options={[
              { value: 'all', label: t('tasks.all') },
              { value: 'running', label: t('tasks.running') },
              { value: 'failed', label: t('tasks.failed') },
            ]}
          />
        </div>
        <span className={css.grow} />
        <Button
          tone="quiet"
          why={ended.length === 0 ? t('tasks.clearWhy') : undefined}
          onClick={() => ended.forEach((task) => void dismiss.run(task.id))}
        >
          {t('tasks.clear')}
        </Button>
      </div>
      {shown.length === 0 && <p className={css.none}>{t('tasks.noneFit')}</p>}
      {shown.map((task) => (
        <Card key={task.id}>
          <TaskCard
            task={task}
            compact={task.state === 'done'}
            onCancel={mine(task) ? () => void cancel.run(task.id) : undefined}
            onAgain={mine(task) ? () => void again.run(task.id) : undefined}
            busy={again.busy}
            onDismiss={mine(task) ? () => void dismiss.run(task.id) : undefined}
          />
          <Where task={task} />
        </Card>
      ))}
    </div>
  );
}

/** Where more can be seen of it: the log of a run, the list of places. */
function Where({ task }: { task: Task }) {
  const place = taskPlace(task);
  if (!place) return null;
  return (
    <div className={css.where}>
      <Button size="small" tone="quiet" to={place.to}>
        {t(`where.${place.what}`)}
      </Button>
    </div>
  );
}
