import { useCallback, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { ImageRow } from '../../../main/contract/image.ts';
import type { Task } from '../../../main/contract/task.ts';
import { ago } from '../../lib/format.ts';
import { useConnection } from '../../lib/connection.ts';
import { images, useList } from '../../lib/resources.ts';
import { useTasks } from '../../lib/tasks.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useNow } from '../../lib/use-now.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { DiscIcon, PlusIcon, SearchIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { startDraftFrom } from '../create/keep.ts';
import { AddDialog } from './add-dialog.tsx';
import type { AddTab } from './add-dialog.tsx';
import { ActionsCell, ItemActionsContext, NameCell, SizeCell, StateCell, UsedCell } from './image-cells.tsx';
import type { Item } from './image-cells.tsx';
import { DeleteDialog, DetailsDialog, RenameDialog } from './image-dialogs.tsx';
import css from './images.module.css';
import { filterImages, sortImages, taskOf } from './library.ts';
import { t } from './text.ts';
import { useUnfinished } from './use-uploads.ts';
import { UploadStrip } from './upload-strip.tsx';

const columns: Column<Item>[] = [
  { id: 'name', header: t('column.name'), width: 'minmax(13rem, 2fr)', cell: (item) => <NameCell item={item} /> },
  { id: 'state', header: t('column.state'), width: 'minmax(10rem, 1.6fr)', cell: (item) => <StateCell item={item} /> },
  {
    id: 'size',
    header: t('column.size'),
    width: '6rem',
    hideBelow: 'narrow',
    cell: (item) => <SizeCell item={item} />,
  },
  {
    id: 'used',
    header: t('column.used'),
    width: '7.25rem',
    hideBelow: 'narrow',
    cell: (item) => <UsedCell item={item} />,
  },
  {
    id: 'user',
    header: t('column.user'),
    width: '6rem',
    hideBelow: 'medium',
    cell: ({ image }) => image.defaultUser ?? '–',
  },
  {
    id: 'actions',
    header: t('column.actions'),
    hideHeader: true,
    align: 'end',
    width: '12rem',
    cell: (item) => <ActionsCell item={item} />,
  },
];
const keyOf = ({ image }: Item): string => image.uid;
const nameOf = ({ image }: Item): string => image.displayName;

/** The image library. */
export function ImagesPage(): ReactNode {
  const list = useList(images);
  const offer = useOffer();
  const tasks = useTasks();
  const catalogue = useCall(['catalogue'], (api) => api.images.catalogue({}), { staleMs: Infinity });
  const link = useConnection();
  const [, go] = useLocation();
  const now = useNow();
  const [search, setSearch] = useState('');
  const [adding, setAdding] = useState<AddTab>();
  const [shown, setShown] = useState<{ what: 'details' | 'rename' | 'remove'; uid: string }>();
  const cancel = useAction((api, task: Task) => api.tasks.cancel({ id: task.id }), { onProblem: toastProblem });

  const unfinished = useUnfinished();
  const items = useMemo(() => {
    const entries = new Map(catalogue.value?.map((entry) => [entry.id, entry]));
    return sortImages(filterImages(list.items, search)).map((image): Item => ({
      image,
      task: taskOf(image, tasks),
      entry: entries.get(image.catalogueId ?? ''),
      unfinished: unfinished.some((record) => record.name === image.name),
    }));
  }, [list.items, tasks, catalogue.value, search, unfinished]);
  const create = useCallback(
    (image: ImageRow) => {
      startDraftFrom(sessionStorage, { namespace: image.namespace, name: image.name }, image.kind);
      go('/machines/new');
    },
    [go],
  );
  const { run: runCancel } = cancel;
  const actions = useMemo(
    () => ({
      create,
      details: ({ uid }: ImageRow) => setShown({ what: 'details', uid }),
      rename: ({ uid }: ImageRow) => setShown({ what: 'rename', uid }),
      remove: ({ uid }: ImageRow) => setShown({ what: 'remove', uid }),
      cancel: (task: Task) => void runCancel(task),
      goOn: () => setAdding('upload'),
    }),
    [create, runCancel],
  );
  const open = useCallback(({ image }: Item) => setShown({ what: 'details', uid: image.uid }), []);
  const one = shown && list.rows.get(shown.uid);
  const close = (): void => setShown(undefined);
  const empty = list.state !== 'loading' && list.state !== 'error' && list.items.length === 0;

  return (
    <Page fill>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          <Button
            tone="primary"
            icon={PlusIcon}
            why={offer('images.addFromUrl')}
            onClick={() => setAdding('catalogue')}
          >
            {t('add')}
          </Button>
        }
      />
      {list.state === 'stale' && link.state !== 'lost' && (
        <Banner tone="warning" title={t('stale.title')}>
          {t('stale.text', { time: ago(list.since, now) })}
        </Banner>
      )}
      {list.state === 'error' && list.problem && <ProblemView problem={list.problem} />}
      <UploadStrip onOpen={() => setAdding('upload')} />
      {empty ? (
        <EmptyState
          icon={DiscIcon}
          title={t('empty.title')}
          actions={
            <Button tone="primary" why={offer('images.addFromUrl')} onClick={() => setAdding('catalogue')}>
              {t('empty.catalogue')}
            </Button>
          }
        >
          {t('empty.text')}
        </EmptyState>
      ) : (
        <ItemActionsContext value={actions}>
          <div className={css.search}>
            <SearchField label={t('search')} value={search} onChange={setSearch} shortcut />
          </div>
          <div className={css.table}>
            <DataTable
              label={t('list')}
              rows={items}
              keyOf={keyOf}
              columns={columns}
              rowHeight={60}
              rowLabel={nameOf}
              onOpen={open}
              loading={list.state === 'loading'}
              empty={
                list.state === 'error' && list.items.length === 0 ? undefined : (
                  <EmptyState
                    icon={SearchIcon}
                    title={t('none.title')}
                    actions={<Button onClick={() => setSearch('')}>{t('none.clear')}</Button>}
                  >
                    {t('none.text')}
                  </EmptyState>
                )
              }
            />
          </div>
        </ItemActionsContext>
      )}
      {adding && <AddDialog tab={adding} onTab={setAdding} onClose={() => setAdding(undefined)} />}
      {one && shown.what === 'details' && (
        <DetailsDialog image={one} task={taskOf(one, tasks)} onClose={close} onCreate={() => create(one)} />
      )}
      {one && shown.what === 'rename' && <RenameDialog image={one} onClose={close} />}
      {one && shown.what === 'remove' && <DeleteDialog image={one} onClose={close} />}
    </Page>
  );
}
