import { useLocation } from 'wouter';
import { events, useList } from '../../lib/resources.ts';
import { useTasks } from '../../lib/tasks.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { EventsView } from './events-view.tsx';
import { TasksView } from './tasks-view.tsx';
import { t } from './text.ts';

export function ActivityPage({ tab }: { tab: string | undefined }) {
  const [, go] = useLocation();
  const running = useTasks().filter((task) => task.state === 'running').length;
  const warnings = useList(events).items.filter((event) => event.type === 'Warning').length;
  const value = tab === 'events' ? 'events' : 'tasks';
  return (
    <Page fill>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Tabs
        fill
        label={t('tabs')}
        value={value}
        onChange={(next) => go(next === 'tasks' ? '/activity' : `/activity/${next}`)}
        items={[
          { value: 'tasks', label: t('tasks'), count: running || undefined },
          { value: 'events', label: t('events'), count: warnings || undefined },
        ]}
      >
        {value === 'tasks' ? <TasksView /> : <EventsView />}
      </Tabs>
    </Page>
  );
}
