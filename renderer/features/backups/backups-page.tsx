import { useState } from 'react';
import type { ReactNode } from 'react';
import { backups, useLive } from '../../lib/resources.ts';
import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { PlusIcon, ShieldIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './backups.module.css';
import { PlaceCard } from './place-card.tsx';
import { PlaceDialog } from './place-dialog.tsx';
import { t } from './text.ts';

/** Places outside of this computer where machines are kept, and what lies there. */
export function BackupsPage(): ReactNode {
  const live = useLive(backups);
  const may = useMay();
  const [adding, setAdding] = useState<'new' | 'found'>();
  const places = live.value?.places;
  const why = may('backups.addPlace');
  const buttons = (
    <>
      <Button why={why} onClick={() => setAdding('found')}>
        {t('found')}
      </Button>
      <Button tone="primary" icon={PlusIcon} why={why} onClick={() => setAdding('new')}>
        {t('add')}
      </Button>
    </>
  );
  return (
    <Page>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        back={{ to: '/storage', label: t('toStorage') }}
        actions={places && places.length > 0 && buttons}
      />
      <div className={css.page}>
        {live.problem && !places && <ProblemView problem={live.problem} />}
        {!places && !live.problem && <Skeleton count={4} />}
        {places?.length === 0 && (
          <EmptyState icon={ShieldIcon} title={t('empty.title')} actions={buttons}>
            {t('empty.text')}
          </EmptyState>
        )}
        {places?.map((row) => (
          <PlaceCard key={row.id} row={row} />
        ))}
      </div>
      {adding && <PlaceDialog create={adding === 'new'} onClose={() => setAdding(undefined)} />}
    </Page>
  );
}
