import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { ago, bytes } from '../../lib/format.ts';
import { useMay } from '../../lib/use-may.ts';
import { useNow } from '../../lib/use-now.ts';
import { spaceForecast, targets, useList, useLive } from '../../lib/resources.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { ShieldIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { BinTab } from './bin-tab.tsx';
import { DisksTab } from './disks-tab.tsx';
import { OrphanedTab } from './orphaned-tab.tsx';
import { t } from './text.ts';
import { orphans, useBin, useDisks, useSpace } from './use-storage.ts';

const tabs = ['disks', 'orphaned', 'bin'] as const;

/** Disks of the target, those that nobody has, and what was deleted. */
export function StoragePage({ tab }: { tab: string | undefined }): ReactNode {
  const [, go] = useLocation();
  const value = tabs.find((each) => each === tab) ?? 'disks';
  const disks = useDisks();
  const bin = useBin();
  const space = useSpace().value;
  // Only the Quick lab's disks are on the disk whose trend is known.
  const here = useList(targets).items.find(({ current }) => current)?.kind === 'quick-lab';
  const forecast = useLive(spaceForecast).value?.daysLeft;
  const days = here ? forecast : undefined;
  const now = useNow();
  const may = useMay();
  const free = space?.classes.filter(({ free: left }) => left !== undefined) ?? [];
  const subtitle = [
    t('subtitle'),
    ...free.map(({ name, free: left }) => t('free', { free: bytes(left), name })),
    ...(days === undefined ? [] : [t('fullIn', { n: days })]),
    ...(space?.note ? [space.note] : []),
  ];
  // Before they are known, nothing is counted and nothing is said to be missing.
  const unknown = disks.items.length === 0 && (disks.state === 'loading' || disks.problem !== undefined);
  const counts = { bin: bin.known ? bin.entries.length : undefined, ...(!unknown && { disks: disks.items.length, orphaned: orphans(disks.items).length }) }; // prettier-ignore
  const loading = disks.state === 'loading';
  const failed = unknown && !loading ? disks.problem : undefined;
  return (
    <Page fill>
      <PageHeader
        title={t('title')}
        subtitle={subtitle.join(' · ')}
        actions={
          <Button to="/backups" icon={ShieldIcon} why={may('backups.watch')}>
            {t('backups')}
          </Button>
        }
      />
      {disks.state === 'stale' && <Banner tone="warning" title={t('stale', { ago: ago(disks.since, now) })} />}
      <Tabs
        fill
        label={t('tabs')}
        value={value}
        onChange={(next) => go(next === 'disks' ? '/storage' : `/storage/${next}`)}
        items={tabs.map((each) => ({
          value: each,
          label: t(`tab.${each}`),
          count: (counts as Partial<Record<typeof each, number>>)[each],
        }))}
      >
        {value !== 'bin' && failed && <ProblemView problem={failed} />}
        {value === 'disks' && !failed && <DisksTab rows={disks.items} loading={loading} />}
        {value === 'orphaned' && !failed && <OrphanedTab rows={orphans(disks.items)} loading={loading} />}
        {value === 'bin' && <BinTab />}
      </Tabs>
    </Page>
  );
}
