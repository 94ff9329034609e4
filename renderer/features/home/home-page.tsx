import { bytes } from '../../lib/format.ts';
import { machines, useList } from '../../lib/resources.ts';
import { useTasks } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { PlusIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { HostGraphs } from '../graphs/host-graphs.tsx';
import { useHost } from '../host/use-host.ts';
import { Budget } from './budget.tsx';
import css from './home.module.css';
import { LatestEvents } from './latest-events.tsx';
import { MachinesCard } from './machines-card.tsx';
import { QuickActions } from './quick-actions.tsx';
import { RunningOn } from './running-on.tsx';
import { t } from './text.ts';

export function HomePage() {
  const facts = useHost().value?.facts;
  const list = useList(machines);
  const offer = useOffer();
  const running = useTasks().filter((task) => task.state === 'running');
  const may = useMay();
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const empty = list.state !== 'loading' && list.rows.size === 0;
  return (
    <Page>
      <PageHeader
        title={t('title')}
        subtitle={
          facts
            ? t('subtitle', { host: facts.hostname, cpu: facts.cpu.model, memory: bytes(facts.memory.total) })
            : '\u00A0'
        }
        actions={
          !empty && (
            <Button tone="primary" icon={PlusIcon} to="/machines/new" why={offer('machines.create')}>
              {t('create')}
            </Button>
          )
        }
      />
      <div className={css.grid}>
        <div className={css.wide}>
          <MachinesCard list={list} />
          {running.length > 0 && (
            <Card title={t('tasks.title')}>
              <div className={css.tasks}>
                {running.slice(0, 3).map((task) => (
                  <TaskCard
                    key={task.id}
                    task={task}
                    compact
                    onCancel={
                      may('tasks.cancel', { task: task.id }) === undefined ? () => void cancel.run(task.id) : undefined
                    }
                  />
                ))}
              </div>
            </Card>
          )}
          <HostGraphs />
          <LatestEvents />
        </div>
        <div className={css.narrow}>
          <RunningOn />
          <Budget
            rows={list.items.length === 0 && (list.state === 'loading' || list.problem) ? undefined : list.items}
          />
          <QuickActions />
        </div>
      </div>
    </Page>
  );
}
