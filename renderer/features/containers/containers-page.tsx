import { createContext, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { PodRow } from '../../../main/contract/pods.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { ago, byName } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { usePatience } from '../../lib/use-patience.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ContainerIcon, PlusIcon } from '../../ui/icons.tsx';
import type { Menu } from '../../ui/menu.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RowMenu } from '../../ui/row-controls.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Switch } from '../../ui/switch.tsx';
import { useContainerActions } from './actions.tsx';
import { AgeCell, NameCell, StatusCell } from './cells.tsx';
import css from './containers.module.css';
import { CreateDialog } from './create-dialog.tsx';
import { Forwards } from './forwards.tsx';
import { t } from './text.ts';
import { routeOf, shownRows, useForwards, usePods } from './use-containers.ts';
import type { PodQuery } from './use-containers.ts';

const Items = createContext<(row: PodRow) => Parameters<typeof Menu>[0]['items']>(() => []);
function Actions({ row }: { row: PodRow }): ReactNode {
  const items = useContext(Items);
  return <RowMenu label={t('more', { name: row.name })} items={() => items(row)} />;
}
const share = ({ ready }: PodRow): number => (ready.want === 0 ? 1 : ready.have / ready.want);
const columns: Column<PodRow>[] = [
  { id: 'name', header: t('column.name'), width: 'minmax(12rem, 2.4fr)', compare: (a, b) => byName(a.name, b.name), cell: (row) => <NameCell row={row} /> },
  { id: 'status', header: t('column.status'), width: 'minmax(8rem, 1fr)', compare: (a, b) => byName(a.status, b.status), cell: (row) => <StatusCell row={row} /> },
  { id: 'ready', header: t('column.ready'), width: '5rem', hideBelow: 'tight', compare: (a, b) => share(a) - share(b), cell: ({ ready }) => <span className={css.figures}>{ready.have}/{ready.want}</span> },
  { id: 'restarts', header: t('column.restarts'), width: '6rem', hideBelow: 'narrow', compare: (a, b) => a.restarts - b.restarts, cell: ({ restarts }) => <span className={css.figures}>{restarts}</span> },
  { id: 'node', header: t('column.node'), width: 'minmax(6rem, 1fr)', hideBelow: 'medium', compare: (a, b) => byName(a.node ?? '', b.node ?? ''), cell: ({ node }) => <span className={css.clip} title={node}>{node ?? '–'}</span> },
  { id: 'age', header: t('column.age'), width: '6rem', hideBelow: 'narrow', compare: (a, b) => b.createdAt.localeCompare(a.createdAt), cell: ({ createdAt }) => <AgeCell at={createdAt} /> },
  { id: 'actions', header: t('column.actions'), hideHeader: true, align: 'end', width: '3.5rem', cell: (row) => <Actions row={row} /> },
]; // prettier-ignore
const nameOf = (row: PodRow): string => row.name;

/** Workloads and Pods of the target, live; on a target without any a sentence why. */
export function ContainersPage(): ReactNode {
  const offer = useOffer();
  const lack = offer('pods.watch');
  return lack === undefined ? <List /> : <None why={lack} />;
}

function None({ why }: { why: string }): ReactNode {
  return (
    <Page>
      <PageHeader title={t('title')} />
      <EmptyState
        icon={ContainerIcon}
        title={t('cannot')}
        actions={
          <Button tone="primary" to="/targets">
            {t('cannot.targets')}
          </Button>
        }
      >
        {why}
      </EmptyState>
    </Page>
  );
}

function List(): ReactNode {
  const list = usePods();
  const [query, setQuery] = useState<PodQuery>({ show: 'work', search: '', system: false });
  const [creating, setCreating] = useState(false);
  const [, go] = useLocation();
  const now = useNow();
  const offer = useOffer();
  const { items, dialogs } = useContainerActions();
  const rows = useMemo(() => shownRows(list.items, query), [list.items, query]);
  // They stand above the list, which would give way to them.
  const held = usePatience(useForwards().state === 'loading');
  const nothing = list.items.every(({ system }) => system);
  return (
    <Page fill>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          <Button icon={PlusIcon} tone="primary" why={offer('pods.create')} onClick={() => setCreating(true)}>
            {t('new')}
          </Button>
        }
      />
      {list.state === 'stale' && <Banner tone="warning" title={t('stale', { ago: ago(list.since, now) })} />}
      {list.state === 'error' && list.problem && <ProblemView problem={list.problem} />}
      <Forwards compact />
      {held ? (
        <Skeleton height="row" count={6} />
      ) : (
        <>
          <div className={css.bar}>
            <div className={css.search}>
              <SearchField
                label={t('search')}
                placeholder={t('search.placeholder')}
                value={query.search}
                onChange={(search) => setQuery((before) => ({ ...before, search }))}
                shortcut
              />
            </div>
            <Segments
              label={t('show')}
              value={query.show}
              onChange={(show) => setQuery((before) => ({ ...before, show }))}
              items={[
                { value: 'work', label: t('show.work') },
                { value: 'pods', label: t('show.pods') },
              ]}
            />
            <Switch
              label={t('system')}
              checked={query.system}
              onChange={(system) => setQuery((before) => ({ ...before, system }))}
            />
          </div>
          <div className={css.table}>
            <Items value={items}>
              <DataTable
                label={t('title')}
                rows={rows}
                keyOf={rowKeys.pod}
                rowLabel={nameOf}
                columns={columns}
                rowHeight={52}
                loading={list.state === 'loading'}
                sort={{ id: 'name', descending: false }}
                onOpen={(row) => go(routeOf(row))}
                empty={
                  list.state !== 'error' && (
                    <EmptyState icon={ContainerIcon} title={t(nothing && !query.system ? 'empty.title' : 'none.title')}>
                      {t(nothing && !query.system ? 'empty.text' : 'none.text')}
                    </EmptyState>
                  )
                }
              />
            </Items>
          </div>
        </>
      )}
      {creating && <CreateDialog onClose={() => setCreating(false)} />}
      {dialogs}
    </Page>
  );
}
