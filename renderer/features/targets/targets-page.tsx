import { useState } from 'react';
import { useLocation } from 'wouter';
import type { TargetEntry } from '../../../main/contract/targets.ts';
import { sortTargets } from '../../app/target-order.ts';
import { ago } from '../../lib/format.ts';
import { targets, useList } from '../../lib/resources.ts';
import { useTasks } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { useNow } from '../../lib/use-now.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { PlusIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { AddDialog, DeleteKindDialog, KindDialog, RenameDialog } from './dialogs.tsx';
import { TargetRow } from './target-row.tsx';
import type { RowAction } from './target-row.tsx';
import css from './targets.module.css';
import { t } from './text.ts';
import { useMay } from '../../lib/use-may.ts';

type Open = { what: 'add' } | { what: 'kind' } | { what: 'rename' | 'delete'; row: TargetEntry } | undefined;

/** Every place that Hearth knows; the pages show one of them. */
export function TargetsPage() {
  const list = useList(targets);
  const now = useNow();
  const [, go] = useLocation();
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  const may = useMay();
  const work = useTasks().filter((task) => task.type.startsWith('kind') && task.state !== 'done');
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const dismiss = useAction((api, id: string) => api.tasks.dismiss({ id }), { onProblem: toastProblem });
  const use = useAction((api, row: TargetEntry) => api.targets.use({ id: row.id }), {
    onProblem: toastProblem,
    onDone: (_value, row) => toast({ title: t('switched', { name: row.name }) }),
  });
  const { remove: forget } = useRemoval<TargetEntry>({
    call: async (api, { id }) => ({ of: 'target', ...(await api.targets.forget({ id })) }),
    done: ({ name }) => t('forget.done', { name }),
    detail: ({ kind }) => t(kind === 'appliance' ? 'forget.appliance' : 'forget.text'),
    name: ({ name }) => name,
  });
  const act = (row: TargetEntry, action: RowAction): void => {
    if (action === 'use') void use.run(row);
    else if (action === 'open') go(`/appliance/${encodeURIComponent(row.id)}`);
    else if (action === 'forget') forget(row);
    else setOpen({ what: action, row });
  };
  return (
    <Page>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          <>
            <Button icon={PlusIcon} why={may('targets.createKind')} onClick={() => setOpen({ what: 'kind' })}>
              {t('kind.new')}
            </Button>
            <Button icon={PlusIcon} why={may('targets.addCluster')} onClick={() => setOpen({ what: 'add' })}>
              {t('add.open')}
            </Button>
            <Button tone="primary" why={may('appliances.install')} to="/setup/place">
              {t('install')}
            </Button>
          </>
        }
      />
      {list.state === 'stale' && <Banner tone="warning" title={t('stale', { ago: ago(list.since, now) })} />}
      {list.problem && list.items.length === 0 && <ProblemView problem={list.problem} />}
      <Card title={list.items.length === 0 ? t('title') : t('list', { n: list.items.length })} flush>
        {list.state === 'loading' && (
          <div className={css.pad}>
            <Skeleton height="row" count={3} />
          </div>
        )}
        <ul aria-label={t('title')}>
          {sortTargets(list.items).map((row) => (
            <TargetRow
              key={row.id}
              row={row}
              busy={use.busy && use.pending?.id === row.id}
              onAct={(action) => act(row, action)}
            />
          ))}
        </ul>
        {work.length > 0 && (
          <div className={css.tasks}>
            {work.map((task) => (
              <TaskCard
                key={task.id}
                task={task}
                onCancel={() => void cancel.run(task.id)}
                onDismiss={() => void dismiss.run(task.id)}
              />
            ))}
          </div>
        )}
      </Card>
      {open?.what === 'add' && <AddDialog onClose={close} />}
      {open?.what === 'kind' && <KindDialog onClose={close} />}
      {open?.what === 'rename' && <RenameDialog row={open.row} onClose={close} />}
      {open?.what === 'delete' && <DeleteKindDialog row={open.row} onClose={close} />}
    </Page>
  );
}
