import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import type { NetworkMember, NetworkRow } from '../../../main/contract/networks.ts';
import { ago } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { NetworkIcon, PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusDot } from '../../ui/status.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { t as map } from '../map/text.ts';
import { CreateNetworkDialog } from './create-dialog.tsx';
import css from './networks.module.css';
import { t } from './text.ts';
import { networkName, useNetworks } from './use-networks.ts';

const MapTab = lazy(() => import('../map/map-tab.tsx').then((m) => ({ default: m.MapTab })));

/** Every network with who is on it, as a list and as a map. */
export function NetworksPage({ tab }: { tab: string | undefined }) {
  const [, go] = useLocation();
  const value = tab === 'map' ? 'map' : 'list';
  const list = useNetworks();
  const now = useNow();
  const offer = useOffer();
  const [creating, setCreating] = useState(false);
  const { remove, busy } = useRemoval<NetworkRow>({
    async call(api, { namespace = 'default', name }) {
      const { id } = await api.networks.remove({ namespace, name });
      return { of: 'bin', id, namespace };
    },
    done: ({ name }) => t('removed', { name }),
    name: ({ name }) => name,
  });
  const rank = (row: NetworkRow): string => `${row.id === 'pod' ? 0 : 1} ${row.id}`;
  const rows = [...list.items].sort((a, b) => rank(a).localeCompare(rank(b)));
  return (
    <Page>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          <Button icon={PlusIcon} tone="primary" why={offer('networks.create')} onClick={() => setCreating(true)}>
            {t('new')}
          </Button>
        }
      />
      <Tabs
        label={map('tabs')}
        value={value}
        onChange={(next) => go(next === 'map' ? '/networks/map' : '/networks')}
        items={[
          { value: 'list', label: map('tab.list') },
          { value: 'map', label: map('tab.map') },
        ]}
      >
        {value === 'map' ? (
          <Suspense fallback={<Skeleton height="block" count={2} />}>
            <MapTab />
          </Suspense>
        ) : (
          <>
            {list.state === 'stale' && <Banner tone="warning" title={t('stale', { ago: ago(list.since, now) })} />}
            {list.problem && rows.length === 0 && <ProblemView problem={list.problem} />}
            {list.state === 'loading' && <Skeleton height="block" count={2} />}
            {list.state === 'live' && rows.length === 0 && (
              <EmptyState icon={NetworkIcon} title={t('none.title')}>
                {t('none.text')}
              </EmptyState>
            )}
            <div className={css.cards}>
              {rows.map((row) => (
                <NetworkCard
                  key={row.id}
                  row={row}
                  why={offer('networks.remove')}
                  busy={busy}
                  onRemove={() => remove(row)}
                />
              ))}
            </div>
          </>
        )}
      </Tabs>
      {creating && <CreateNetworkDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function NetworkCard(props: { row: NetworkRow; why: string | undefined; busy: boolean; onRemove: () => void }) {
  const { row, why, busy, onRemove } = props;
  const { members } = row;
  return (
    <Card
      title={networkName(row)}
      actions={
        row.id !== 'pod' && (
          <IconButton
            icon={TrashIcon}
            label={t('remove', { name: row.name })}
            why={why}
            busy={busy}
            onClick={onRemove}
          />
        )
      }
    >
      <p className={css.muted}>{t(`${row.kind}.text`)}</p>
      <p className={css.facts}>
        {row.kind !== 'pod' && <span>{row.namespace}</span>}
        {row.kind !== 'pod' && <span>{row.range ? t('range', { range: row.range }) : t('range.none')}</span>}
        {row.kind === 'lan' && row.bridge && <span className={css.mono}>{row.bridge}</span>}
        <span>{members.length === 0 ? t('members.none') : t('members', { n: members.length })}</span>
      </p>
      {members.length > 0 && (
        <ul className={css.members} aria-label={networkName(row)}>
          {members.map((member) => (
            <Member key={`${member.namespace}/${member.machine}/${member.interface}`} member={member} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Member({ member }: { member: NetworkMember }) {
  const { machine, namespace, running, addresses, reserved, names } = member;
  return (
    <li className={css.member}>
      <StatusDot tone={running ? 'running' : 'stopped'} />
      <a className={css.name} href={`#/machines/${namespace}/${machine}/network`}>
        {namespace === 'default' ? machine : `${namespace}/${machine}`}
      </a>
      <span className={css.mono}>{running ? (addresses[0] ?? '–') : t('member.off')}</span>
      {(names.length > 0 || reserved) && (
        <span className={css.names}>
          {[member.interface, ...names, ...(reserved ? [t('member.reserved', { address: reserved })] : [])].join(' · ')}
        </span>
      )}
    </li>
  );
}
