import { useState } from 'react';
import type { BoxRow } from '../../../main/contract/box/boxes.ts';
import { ago } from '../../lib/format.ts';
import { boxes, useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { useNow } from '../../lib/use-now.ts';
import { usePatience } from '../../lib/use-patience.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ComputerIcon, UsbIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { BoxLine } from './box-line.tsx';
import css from './boxes.module.css';
import { FindCard } from './find-card.tsx';
import { ForgetDialog } from './forget-dialog.tsx';
import { foundBoxes, noBoxes } from './resources.ts';
import { t } from './text.ts';

/** The boxes of this Hearth, and what else answers in the network. */
export function BoxesPage() {
  const list = useList(boxes);
  const now = useNow();
  const [forgetting, setForgetting] = useState<BoxRow>();
  const wake = useAction((api, row: BoxRow) => api.boxes.wake({ id: row.id }), {
    onProblem: toastProblem,
    onDone: ({ packets }, { name }) => toast({ title: t('woken', { name }), detail: t('woken.text', { n: packets }) }),
  });
  const held = usePatience(list.state === 'loading');
  const rows = [...list.items].sort((a, b) => a.name.localeCompare(b.name));
  const why = useMay()('boxes.write');
  const near = useList(why === undefined ? foundBoxes : noBoxes).items.filter(
    (each) => each.hello !== undefined && each.known === undefined,
  );
  // One that waits in the network is nearer than one that has yet to be made.
  const none = list.state === 'live' && rows.length === 0 && near.length === 0;
  return (
    <Page>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        actions={
          <Button tone="primary" icon={UsbIcon} why={why} to="/boxes/stick">
            {t('make')}
          </Button>
        }
      />
      {list.state === 'stale' && <Banner tone="warning" title={t('stale', { ago: ago(list.since, now) })} />}
      {list.problem && rows.length === 0 && <ProblemView problem={list.problem} />}
      {list.state === 'loading' && <Skeleton height="block" count={2} />}
      {none && (
        <EmptyState
          icon={ComputerIcon}
          title={t('empty.title')}
          actions={
            <Button icon={UsbIcon} why={why} to="/boxes/stick">
              {t('make')}
            </Button>
          }
        >
          {t('empty.text')}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Card title={t('paired', { n: rows.length })} flush>
          <ul aria-label={t('paired.label')}>
            {rows.map((row) => (
              <BoxLine
                key={row.id}
                row={row}
                waking={wake.busy && wake.pending?.id === row.id}
                onWake={() => void wake.run(row)}
                onForget={() => setForgetting(row)}
              />
            ))}
          </ul>
        </Card>
      )}
      {why === undefined && !held && <FindCard />}
      {!held && <p className={css.muted}>{t('own')}</p>}
      {forgetting && <ForgetDialog row={forgetting} onClose={() => setForgetting(undefined)} />}
    </Page>
  );
}
