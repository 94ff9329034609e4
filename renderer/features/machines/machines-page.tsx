import { useCallback, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { useConnection } from '../../lib/connection.ts';
import { ago } from '../../lib/format.ts';
import { machines, useList } from '../../lib/resources.ts';
import { useNow } from '../../lib/use-now.ts';
import { useMay } from '../../lib/use-may.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { MachineIcon, PlusIcon, ScreenIcon, SearchIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { ActingContext } from './acting.ts';
import type { BulkAction } from './bulk.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import { columns } from './columns.tsx';
import { LiveView } from './live-view.ts';
import css from './machines-page.module.css';
import { FolderTree } from './folder-tree.tsx';
import { allLabels, countTones } from './rows.ts';
import type { Query, SortKey } from './rows.ts';
import { t as transfer } from '../transfer/text.ts';
import { t } from './text.ts';
import { BulkBar, Toolbar } from './toolbar.tsx';
import { useMoveTo } from './use-move-to.ts';
import { useMachineActions } from './use-machine-actions.tsx';

const keyOf = (row: MachineRow): string => row.uid;
const nameOf = (row: MachineRow): string => row.name;
const everything: Query = { search: '', tone: 'all', sort: { key: 'name', descending: false }, folder: '', label: '' };
const nobody: ReadonlySet<string> = new Set();

/** All machines of the target, live. */
export function MachinesPage(): ReactNode {
  const list = useList(machines);
  const [, go] = useLocation();
  const [query, setQuery] = useState(everything);
  const [selected, setSelected] = useState<ReadonlySet<string>>(nobody);
  const [bulk, setBulk] = useState<{ action: BulkAction; rows: readonly MachineRow[] }>();
  const [view] = useState(() => new LiveView());
  const rows = useMemo(() => view.update(list.rows, query), [view, list.rows, query]);
  const counts = useMemo(() => countTones(list.items, query.search, query), [list.items, query]);
  const labels = useMemo(() => allLabels(list.items), [list.items]);
  const chosen = useMemo(
    () => (selected.size === 0 ? [] : list.items.filter((row) => selected.has(row.uid))),
    [list.items, selected],
  );

  const { act, busy, dialogs } = useMachineActions();
  const offer = useOffer();
  const may = useMay();
  const acting = useMemo(
    () => ({
      act,
      isBusy: (row: MachineRow, action: string) => busy.has(`${row.uid} ${action}`),
      offer,
    }),
    [act, busy, offer],
  );
  const onQuery = useCallback((change: Partial<Query>) => setQuery((now) => ({ ...now, ...change })), []);
  const onOpen = useCallback((row: MachineRow) => go(`/machines/${row.namespace}/${row.name}`), [go]);
  const onSort = useCallback(
    (sort: { id: string; descending: boolean }) =>
      onQuery({ sort: { key: sort.id as SortKey, descending: sort.descending } }),
    [onQuery],
  );
  const moveTo = useMoveTo();
  // Dragged with the selection, where the row is part of it.
  const dragData = useCallback(
    (row: MachineRow) => (selected.has(row.uid) ? [...selected] : [row.uid]).join(' '),
    [selected],
  );
  const clear = useCallback(() => setSelected(nobody), []);
  const sort = useMemo(() => ({ id: query.sort.key, descending: query.sort.descending }), [query.sort]);
  const empty = list.state !== 'loading' && list.items.length === 0;

  return (
    <Page fill>
      <PageHeader
        title={t('title')}
        subtitle={list.items.length === 0 ? undefined : t('count', { n: list.items.length })}
        actions={
          <>
            <Button tone="quiet" icon={ScreenIcon} to="/machines/wall">
              {t('wall')}
            </Button>
            <Button tone="quiet" to="/machines/import" why={may('transfer.import')}>
              {transfer('import.action')}
            </Button>
            <Button tone="quiet" to="/manifests" why={offer('manifests.apply')}>
              {t('manifest')}
            </Button>
            <Button tone="primary" icon={PlusIcon} to="/machines/new" why={offer('machines.create')}>
              {t('create')}
            </Button>
          </>
        }
      />
      <Stale state={list.state} since={list.since} />
      {list.problem && list.state === 'error' && <ProblemView problem={list.problem} />}
      {empty && list.state !== 'error' && (
        <EmptyState
          icon={MachineIcon}
          title={t('empty.title')}
          actions={
            <Button tone="primary" icon={PlusIcon} to="/machines/new" why={offer('machines.create')}>
              {t('create')}
            </Button>
          }
        >
          {t('empty.text')}
        </EmptyState>
      )}
      {!empty && (
        <ActingContext value={acting}>
          {chosen.length > 0 ? (
            <BulkBar rows={chosen} onClear={clear} onAction={(action) => setBulk({ action, rows: chosen })} />
          ) : (
            <Toolbar query={query} counts={counts} labels={labels} onQuery={onQuery} />
          )}
          <div className={css.split}>
            <FolderTree
              rows={list.items}
              value={query.folder}
              onChange={(folder) => onQuery({ folder })}
              onDrop={(keys, folder) =>
                void moveTo(
                  list.items.filter((row) => keys.includes(row.uid)),
                  folder,
                )
              }
            />
            <div className={css.table}>
              <DataTable
                dragData={offer('organise.change') === undefined ? dragData : undefined}
                label={t('list')}
                rows={rows}
                keyOf={keyOf}
                columns={columns}
                rowHeight={52}
                rowLabel={nameOf}
                sort={sort}
                onSort={onSort}
                selected={selected}
                onSelect={setSelected}
                onOpen={onOpen}
                loading={list.state === 'loading'}
                empty={
                  <EmptyState
                    icon={SearchIcon}
                    title={t('none.title')}
                    actions={<Button onClick={() => setQuery(everything)}>{t('none.clear')}</Button>}
                  >
                    {t('none.text')}
                  </EmptyState>
                }
              />
            </div>
          </div>
        </ActingContext>
      )}
      {bulk && (
        <BulkDialog
          {...bulk}
          onClose={(done) => {
            setBulk(undefined);
            if (done) clear();
          }}
        />
      )}
      {dialogs}
    </Page>
  );
}

/** The rows stay when the connection is lost; this says since when they may be old. */
function Stale({ state, since }: { state: string; since: string | undefined }): ReactNode {
  const now = useNow();
  const link = useConnection();
  // The whole window says so already.
  if (state !== 'stale' || link.state === 'lost') return null;
  return (
    <Banner tone="warning" title={t('stale.title')}>
      {t('stale.text', { time: ago(since, now) })}
    </Banner>
  );
}
