import { lazy, Suspense, useEffect, useEffectEvent, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import { ago } from '../../lib/format.ts';
import { useConnection } from '../../lib/connection.ts';
import { machineDetail, useLive } from '../../lib/resources.ts';
import { useNow } from '../../lib/use-now.ts';
import { WhoseContext } from '../../lib/use-offer.ts';
import { useTargetChanged } from '../../lib/use-target-change.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { MachineIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { toast } from '../../ui/toast.tsx';
import { SnapshotsTab } from '../snapshots/snapshots-tab.tsx';
import { PendingBanner } from '../hardware/pending-banner.tsx';
import { hardwareOf } from '../hardware/use-hardware.ts';
import { Why } from '../why/why.tsx';
import { EventsTab } from './events-tab.tsx';
import { MachineHeader } from './header.tsx';
import { NetworkTab } from './network-tab.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { t } from './text.ts';
import { YamlTab } from './yaml-tab.tsx';

const ConsolePanel = lazy(() => import('../console/console-panel.tsx').then((m) => ({ default: m.ConsolePanel })));
const tabs = [
  'overview',
  'console',
  'hardware',
  'disks',
  'network',
  'snapshots',
  'guest',
  'faults',
  'events',
  'yaml',
] as const;
const HardwareTab = lazy(() => import('../hardware/hardware-tab.tsx').then((m) => ({ default: m.HardwareTab })));
const DisksTab = lazy(() => import('../hardware/disks-tab.tsx').then((m) => ({ default: m.DisksTab })));
const GuestTab = lazy(() => import('../cloud-init/guest-tab.tsx').then((m) => ({ default: m.GuestTab })));
const FaultsPanel = lazy(() => import('../faults/faults-panel.tsx').then((m) => ({ default: m.FaultsPanel })));
type Tab = (typeof tabs)[number];

interface Props {
  namespace: string;
  name: string;
  tab?: string | undefined;
}

/** One machine. What may be done with it depends on whose it is. */
export function MachinePage(props: Props): ReactNode {
  const { namespace } = props;
  const whose = useMemo(() => ({ namespace }), [namespace]);
  return (
    <WhoseContext value={whose}>
      <Machine {...props} />
    </WhoseContext>
  );
}
function Machine({ namespace, name, tab }: Props): ReactNode {
  const of = { namespace, name };
  const detail = useLive(machineDetail(of));
  const link = useConnection();
  const [, go] = useLocation();
  const now = useNow();
  const current: Tab = tabs.find((each) => each === tab) ?? 'overview';
  // What is pending stands above the tabs: they wait for it a moment rather than be pushed down.
  const late = useLate();
  const waits = useLive(hardwareOf(of)).state === 'loading' && !late;
  const value = waits ? undefined : detail.value;
  const gone = !detail.value && (detail.problem?.code.includes('not-found') ?? false);
  // Another place is shown now, and it has no such machine: nothing here is about it any more.
  const elsewhere = useTargetChanged() && gone;
  const leave = useEffectEvent(() => {
    toast({ title: t('elsewhere.title', { name }), detail: t('elsewhere.text'), tone: 'note' });
    go('/machines', { replace: true });
  });
  useEffect(() => {
    if (elsewhere) leave();
  }, [elsewhere]);

  if (!value) {
    return (
      <Page>
        <PageHeader title={name} back={{ to: '/machines', label: t('list') }} />
        {gone ? (
          <EmptyState
            icon={MachineIcon}
            title={t('gone.title', { name })}
            actions={<Button to="/machines">{t('gone.list')}</Button>}
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
  }
  const fill = current === 'console' || current === 'yaml';
  return (
    <Page fill={fill}>
      <MachineHeader detail={value} onDeleted={() => go('/machines')} />
      {detail.state === 'stale' && link.state !== 'lost' && (
        <Banner tone="warning" title={t('stale.title')}>
          {t('stale.text', { time: ago(detail.since, now) })}
        </Banner>
      )}
      {detail.state === 'error' && detail.problem && <ProblemView problem={detail.problem} compact />}
      <Why detail={value} />
      <PendingBanner of={of} />
      <Tabs
        label={t('tabs')}
        value={current}
        onChange={(next) => go(`/machines/${namespace}/${name}${next === 'overview' ? '' : `/${next}`}`)}
        items={tabs.map((each) => ({ value: each, label: t(`tab.${each}`), count: countOf(each, value) }))}
        fill={fill}
      >
        <Panel tab={current} detail={value} />
      </Tabs>
    </Page>
  );
}

/** Whether this has been shown for a second. */
function useLate(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 1_000);
    return () => clearTimeout(timer);
  }, []);
  return late;
}

const countOf = (tab: Tab, detail: MachineDetail): number | undefined =>
  tab === 'disks' ? detail.disks.length : undefined;

function Panel({ tab, detail }: { tab: Tab; detail: MachineDetail }): ReactNode {
  const of = { namespace: detail.row.namespace, name: detail.row.name };
  switch (tab) {
    case 'overview':
      return <OverviewTab detail={detail} />;
    case 'console':
      return (
        <Suspense fallback={<Skeleton height="block" />}>
          <ConsolePanel of={of} row={detail.row} vm={detail.vm} embedded />
        </Suspense>
      );
    case 'hardware':
      return (
        <Suspense fallback={<Skeleton height="block" />}>
          <HardwareTab of={of} />
        </Suspense>
      );
    case 'disks':
      return (
        <Suspense fallback={<Skeleton height="block" />}>
          <DisksTab of={of} />
        </Suspense>
      );
    case 'snapshots':
      return <SnapshotsTab key={detail.row.uid} detail={detail} />;
    case 'network':
      return <NetworkTab detail={detail} />;
    case 'guest':
      return (
        <Suspense fallback={<Skeleton height="block" />}>
          <GuestTab key={detail.row.uid} detail={detail} />
        </Suspense>
      );
    case 'faults':
      return (
        <Suspense fallback={<Skeleton height="block" />}>
          <FaultsPanel key={detail.row.uid} of={of} interfaces={detail.interfaces.map((nic) => nic.name)} />
        </Suspense>
      );
    case 'events':
      return <EventsTab of={of} />;
    case 'yaml':
      // A new machine is a new editor.
      return <YamlTab key={detail.row.uid} detail={detail} />;
  }
}
