import { useLocation } from 'wouter';
import { events, useList } from '../../lib/resources.ts';
import { useTasks } from '../../lib/tasks.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { CommandsView } from './commands-view.tsx';
import { EventsView } from './events-view.tsx';
import { HistoryView } from './history-view.tsx';
import { TasksView } from './tasks-view.tsx';
import { t } from './text.ts';

const tabs = ['tasks', 'events', 'history', 'commands'] as const;
const views = { tasks: TasksView, events: EventsView, history: HistoryView, commands: CommandsView };

export function ActivityPage({ tab }: { tab: string | undefined }) {
  const [, go] = useLocation();
  const running = useTasks().filter((task) => task.state === 'running').length;
  const warnings = useList(events).items.filter((event) => event.type === 'Warning').length;
  const value = tabs.find((each) => each === tab) ?? 'tasks';
  const View = views[value];
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
          { value: 'history', label: t('history') },
          { value: 'commands', label: t('commands') },
        ]}
      >
        <View />
      </Tabs>
    </Page>
  );
}
