import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { dateTime } from '../../../lib/format.ts';
import { recordings, useList } from '../../../lib/resources.ts';
import { useAction, useCall } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { EditIcon, RecordIcon, StopIcon, TrashIcon } from '../../../ui/icons.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { RenameDialog } from '../dialogs.tsx';
import { useRemove } from '../use-remove.ts';
import { pathOf } from '../names.ts';
import { t } from '../text.ts';
import { PlayerView } from './player-view.tsx';

/** One recording: what was recorded, and the player. */
export function PlayerPage({ name }: { name: string }): ReactNode {
  const row = useList(recordings).rows.get(name);
  const [, go] = useLocation();
  const [renaming, setRenaming] = useState(false);
  const { remove } = useRemove(() => go('/recordings'));
  const running = row?.state === 'recording';
  const detail = useCall(['recording', name, row?.state, row?.size], (api) => api.recordings.look({ name }), {
    enabled: row !== undefined && !running,
    staleMs: Infinity,
  });
  const list = useList(recordings);
  const stop = useAction((api, of: string) => api.recordings.stop({ name: of }), { onProblem: toastProblem });
  const unread = list.items.length === 0 && list.problem;
  const gone = list.state !== 'loading' && !unread && !row;
  const machines = row?.machines.map((each) => each.name).join(', ');
  return (
    <Page fill>
      <PageHeader
        title={name}
        subtitle={row && [dateTime(row.startedAt), machines, row.lab].filter(Boolean).join(' · ')}
        back={{ to: '/recordings', label: t('title') }}
        actions={
          row && !running && (
            <Menu
              label={t('menu', { name })}
              items={[
                { label: t('rename'), icon: EditIcon, onSelect: () => setRenaming(true) },
                { label: t('remove'), icon: TrashIcon, danger: true, onSelect: () => remove(name) },
              ]}
            />
          )
        }
      />
      {list.state === 'loading' && <Skeleton height="block" />}
      {!row && unread && <ProblemView problem={unread} />}
      {gone && (
        <EmptyState icon={RecordIcon} title={t('gone.title')} actions={<Button to="/recordings">{t('gone.back')}</Button>}>
          {t('gone.text')}
        </EmptyState>
      )}
      {running && (
        <EmptyState
          icon={RecordIcon}
          title={t('running.title')}
          actions={<Button icon={StopIcon} busy={stop.busy} onClick={() => void stop.run(name)}>{t('stop')}</Button>}
        >
          {t('running.text')}
        </EmptyState>
      )}
      {!running && detail.problem && <ProblemView problem={row?.problem ?? detail.problem} />}
      {!running && detail.loading && <Skeleton height="block" />}
      {!running && detail.value && <PlayerView key={name} {...detail.value} />}
      {row && renaming && <RenameDialog row={row} onClose={() => setRenaming(false)} onDone={(to) => go(pathOf(to))} />}
    </Page>
  );
} // prettier-ignore
