import { useLocation } from 'wouter';
import type { PermissionId } from '../../../main/contract/permission-rows.ts';
import { events, useList } from '../../lib/resources.ts';
import { useTasks } from '../../lib/tasks.ts';
import { useMay } from '../../lib/use-may.ts';
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
/** Without this there is nothing to see in it. */
const needs: Partial<Record<(typeof tabs)[number], PermissionId>> = {
  history: 'audit.watch',
  commands: 'commands.watch',
};

export function ActivityPage({ tab }: { tab: string | undefined }) {
  const [, go] = useLocation();
  const running = useTasks().filter((task) => task.state === 'running').length;
  const warnings = useList(events).items.filter((event) => event.type === 'Warning').length;
  const may = useMay();
  const shown = tabs.filter((each) => {
    const need = needs[each];
    return need === undefined || may(need) === undefined;
  });
  const value = shown.find((each) => each === tab) ?? 'tasks';
  const View = views[value];
  const counts: Partial<Record<(typeof tabs)[number], number>> = { tasks: running, events: warnings };
  return (
    <Page fill>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Tabs
        fill
        label={t('tabs')}
        value={value}
        onChange={(next) => go(next === 'tasks' ? '/activity' : `/activity/${next}`)}
        items={shown.map((each) => ({ value: each, label: t(each), count: counts[each] || undefined }))}
      >
        <View />
      </Tabs>
    </Page>
  );
}
