import { lazy, Suspense, useEffect, useEffectEvent } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { PodDetail, PodTrouble, WorkRef } from '../../../main/contract/pods.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { useTargetChanged } from '../../lib/use-target-change.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ContainerIcon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { toast } from '../../ui/toast.tsx';
import { EventsTab } from '../machine/events-tab.tsx';
import { scales, useContainerActions } from './actions.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { t } from './text.ts';
import { routeOf, statusWord, usePodDetail } from './use-containers.ts';

const tabs = ['overview', 'logs', 'shell', 'events', 'yaml'] as const;
type Tab = (typeof tabs)[number];
const LogsTab = lazy(() => import('./logs-tab.tsx').then((m) => ({ default: m.LogsTab })));
const ShellTab = lazy(() => import('./shell-tab.tsx').then((m) => ({ default: m.ShellTab })));
const YamlEditor = lazy(() => import('../machine/yaml-editor.tsx').then((m) => ({ default: m.YamlEditor })));
const back = { to: '/containers', label: t('list') };

/** One workload or Pod. */
export function ContainerPage({ of, tab }: { of: WorkRef; tab: string | undefined }): ReactNode {
  const detail = usePodDetail(of);
  const [, go] = useLocation();
  const offer = useOffer();
  const { items, act, dialogs } = useContainerActions();
  const current: Tab = tabs.find((each) => each === tab) ?? 'overview';
  // What was deleted stays to be read nowhere: its page says so.
  const gone = detail.problem?.code === 'pod-not-found';
  const elsewhere = useTargetChanged() && gone;
  const leave = useEffectEvent(() => {
    toast({ title: t('elsewhere.title', { name: of.name }), detail: t('elsewhere.text'), tone: 'note' });
    go('/containers', { replace: true });
  });
  useEffect(() => {
    if (elsewhere) leave();
  }, [elsewhere]);
  const { value } = detail;
  const lack = offer('pods.watch');
  if (!value || gone || lack !== undefined)
    return (
      <Page>
        <PageHeader title={of.name} back={back} />
        {lack !== undefined ? (
          <EmptyState icon={ContainerIcon} title={t('cannot')}>
            {lack}
          </EmptyState>
        ) : gone ? (
          <EmptyState
            icon={ContainerIcon}
            title={t('gone.title', { name: of.name })}
            actions={<Button to="/containers">{t('list')}</Button>}
          >
            {t('gone.text')}
          </EmptyState>
        ) : detail.problem ? (
          <ProblemView problem={detail.problem} />
        ) : (
          <Skeleton height="block" count={3} />
        )}
      </Page>
    );
  const { row } = value;
  const fill = current === 'logs' || current === 'shell' || current === 'yaml';
  return (
    <Page fill={fill}>
      <PageHeader
        title={row.name}
        back={back}
        badge={<StatusBadge tone={row.tone}>{statusWord(row.status)}</StatusBadge>}
        subtitle={[row.kind, row.namespace, ...row.images].join(' · ')}
        actions={
          <>
            {scales(row) && (
              <Button why={offer('pods.scale')} onClick={() => act(row, 'scale')}>
                {t('action.scale')}
              </Button>
            )}
            <Button why={offer('pods.forward')} onClick={() => act(row, 'forward')}>
              {t('action.forward')}
            </Button>
            <Menu label={t('more', { name: row.name })} items={items(row)} />
          </>
        }
      />
      {detail.state === 'error' && detail.problem && <ProblemView problem={detail.problem} compact />}
      {row.why && <Why why={row.why} />}
      <Tabs
        label={t('tabs')}
        value={current}
        onChange={(next) => go(routeOf(of, next === 'overview' ? undefined : next))}
        items={tabs.map((each) => ({ value: each, label: t(`tab.${each}`) }))}
        fill={fill}
      >
        <Suspense fallback={<Skeleton height="block" />}>
          <Panel tab={current} of={of} detail={value} />
        </Suspense>
      </Tabs>
      {dialogs}
    </Page>
  );
}

function Why({ why: { title, detail, cure } }: { why: PodTrouble }): ReactNode {
  return (
    <Banner tone="problem" title={title}>
      {detail && <p>{detail}</p>}
      <p>{t('cure', { cure })}</p>
    </Banner>
  );
}

function Panel({ tab, of, detail }: { tab: Tab; of: WorkRef; detail: PodDetail }): ReactNode {
  const offer = useOffer();
  const { kind, namespace, name } = of;
  switch (tab) {
    case 'overview':
      return <OverviewTab detail={detail} />;
    case 'logs':
      return <LogsTab detail={detail} />;
    case 'shell':
      return <ShellTab detail={detail} />;
    case 'events':
      return <EventsTab of={{ namespace, name }} />;
    case 'yaml':
      return (
        <YamlEditor
          key={detail.row.uid}
          name={name}
          yaml={detail.yaml}
          lack={offer('pods.applyYaml')}
          checks={offer('pods.checkYaml') === undefined}
          check={(api, yaml, signal) => api.pods.checkYaml({ kind, namespace, name, yaml }, { signal })}
          apply={(api, yaml) => api.pods.applyYaml({ kind, namespace, name, yaml })}
          intro={t('yaml.intro')}
          note={kind === 'Pod' ? undefined : t('yaml.note')}
        />
      );
  }
}
