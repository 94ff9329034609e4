import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { Appliance } from '../../../main/contract/appliance.ts';
import { ago } from '../../lib/format.ts';
import { appliances, targets, useList } from '../../lib/resources.ts';
import { useTask } from '../../lib/tasks.ts';
import { useNow } from '../../lib/use-now.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { RunView } from '../install/run-view.tsx';
import { AccessDialog } from './access-dialog.tsx';
import { Access } from './access.tsx';
import { ActDialog, UpgradeDialog } from './act-dialog.tsx';
import css from './appliance.module.css';
import { Backups } from './backups.tsx';
import { NoAppliance } from './empty.tsx';
import { ApplianceHeader } from './header.tsx';
import { HostKeyCure } from './host-key-cure.tsx';
import { Ladder } from './ladder.tsx';
import { Nodes } from './nodes.tsx';
import { Runs } from './runs.tsx';
import { SettingsCard } from './settings-card.tsx';
import { Certificates, Use, Versions } from './side-cards.tsx';
import type { Upgrade } from './side-cards.tsx';
import { t } from './text.ts';
import { Troubles } from './troubles.tsx';
import { UninstallDialog } from './uninstall-dialog.tsx';
import { useRun } from './use-run.ts';
import { accessNeed, chosen } from './view.ts';
import type { Act } from './view.ts';

const tabs = ['overview', 'nodes', 'backups', 'runs', 'access'] as const;
type Tab = (typeof tabs)[number];

/** The appliance whose machines are shown, or the one named; and what it is when there is none. */
export function AppliancePage({ id, tab }: { id: string | undefined; tab: string | undefined }): ReactNode {
  const list = useList(appliances);
  const known = useList(targets);
  const now = useNow();
  const row = chosen(list.items, id, known.items);
  if (row)
    return (
      <Page>
        {list.state === 'stale' && <Banner tone="warning" title={t('stale', { ago: ago(list.since, now) })} />}
        <One key={row.id} row={row} all={list.items} tab={tabs.find((each) => each === tab) ?? 'overview'} />
      </Page>
    );
  return (
    <Page>
      <PageHeader title={t('title')} subtitle={t('titleText')} />
      {list.state === 'loading' && <Skeleton height="block" count={3} />}
      {list.state !== 'loading' && list.problem && <ProblemView problem={list.problem} />}
      {list.state === 'live' && id !== undefined && (
        <EmptyState title={t('gone', { name: id })} actions={<Button to="/appliance">{t('gone.back')}</Button>}>
          {t('gone.text')}
        </EmptyState>
      )}
      {list.state === 'live' && id === undefined && <NoAppliance />}
    </Page>
  );
}

function One({ row, all, tab }: { row: Appliance; all: readonly Appliance[]; tab: Tab }): ReactNode {
  const [, go] = useLocation();
  const [act, setAct] = useState<Act>();
  const [upgrade, setUpgrade] = useState<Upgrade>();
  const [removing, setRemoving] = useState(false);
  const runner = useRun(row);
  const task = useTask(row.taskId);
  const close = (): void => {
    setAct(undefined);
    setUpgrade(undefined);
    runner.reset();
  };
  // No failure: it was signed in to with a password, and that is kept nowhere.
  const fromOutside = row.problem?.code === 'place-password-needed';
  const base = `/appliance/${encodeURIComponent(row.id)}`;
  return (
    <>
      <ApplianceHeader row={row} all={all} onAct={setAct} onUninstall={() => setRemoving(true)} />
      {task && <RunView task={task} title={task.title} log={false} />}
      {row.problem && !task && !fromOutside && (
        <ProblemView
          problem={row.problem}
          actions={accessNeed(row.problem) === 'host-key' && <HostKeyCure row={row} />}
        />
      )}
      {fromOutside && !task && (
        <Banner tone="note" title={t('outside', { place: row.place })}>
          {t('outside.text')}
        </Banner>
      )}
      <Tabs
        label={t('tabs')}
        value={tab}
        onChange={(next) => go(next === 'overview' ? base : `${base}/${next}`)}
        items={tabs.map((each) => ({ value: each, label: t(`tab.${each}`), count: countOf(each, row) }))}
      >
        {tab === 'overview' && (
          <div className={css.columns}>
            <div className={css.column}>
              <Troubles row={row} onAct={setAct} />
              {row.ladder.length > 0 && <Ladder row={row} />}
            </div>
            <div className={css.column}>
              <Versions row={row} onUpgrade={setUpgrade} />
              <Use row={row} />
              <Certificates row={row} onRenew={() => setAct('renew-certificates')} />
              <SettingsCard row={row} />
            </div>
          </div>
        )}
        {tab === 'nodes' && <Nodes row={row} runner={runner} />}
        {tab === 'backups' && <Backups row={row} runner={runner} onMake={() => setAct('backup')} />}
        {tab === 'runs' && <Runs row={row} />}
        {tab === 'access' && <Access row={row} />}
      </Tabs>
      {act && <ActDialog row={row} act={act} runner={runner} onClose={close} />}
      {upgrade && <UpgradeDialog row={row} upgrade={upgrade} runner={runner} onClose={close} />}
      {removing && (
        <UninstallDialog
          row={row}
          runner={runner}
          half={row.state === 'half'}
          onClose={() => {
            setRemoving(false);
            runner.reset();
          }}
          onStarted={() => setRemoving(false)}
        />
      )}
      <AccessDialog row={row} runner={runner} />
    </>
  );
}

const countOf = (tab: Tab, row: Appliance): number | undefined => {
  if (tab === 'nodes') return row.nodes.length || undefined;
  return tab === 'backups' ? row.backups.length || undefined : undefined;
};
