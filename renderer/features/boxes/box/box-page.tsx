import { useState } from 'react';
import { useLocation } from 'wouter';
import type { BoxRow } from '../../../../main/contract/box/boxes.ts';
import { ago } from '../../../lib/format.ts';
import { useLive } from '../../../lib/resources.ts';
import { useAction } from '../../../lib/use-call.ts';
import { useMay } from '../../../lib/use-may.ts';
import { useNow } from '../../../lib/use-now.ts';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { PowerIcon, TrashIcon } from '../../../ui/icons.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { StatusBadge } from '../../../ui/status.tsx';
import { toast, toastProblem } from '../../../ui/toast.tsx';
import css from '../boxes.module.css';
import { ForgetDialog } from '../forget-dialog.tsx';
import { boxView } from '../resources.ts';
import { plainAddress, standing } from '../view.ts';
import { BoxBody } from './box-body.tsx';
import { appDoor } from './door.ts';
import { t } from './text.ts';

/** One paired box, whatever it is at: the choice of its disk, its setup, its life. */
export function BoxPage({ id, tab }: { id: string; tab: string | undefined }) {
  const live = useLive(boxView(id));
  const refused = useMay()('boxes.act');
  const back = { to: '/boxes', label: t('back') };
  if (!live.value)
    return (
      <Page>
        <PageHeader title={t('title')} back={back} />
        {live.problem ? <ProblemView problem={live.problem} /> : <Skeleton height="block" count={3} />}
      </Page>
    );
  const { row, state = row.last } = live.value;
  const away =
    refused ?? (row.state === 'online' && live.state !== 'error' ? undefined : t('away', { name: row.name }));
  return (
    <Page>
      <Head row={row} back={back} />
      <Link row={row} />
      {state && row.state !== 'changed' && row.state !== 'revoked' && (
        <BoxBody box={{ door: appDoor(id), state, row, ...(away !== undefined && { away }) }} tab={tab} />
      )}
      {!state && row.state === 'connecting' && <Skeleton height="block" count={3} />}
    </Page>
  );
}

function Head({ row, back }: { row: BoxRow; back: { to: string; label: string } }) {
  const { tone, word } = standing(row);
  const [forgetting, setForgetting] = useState(false);
  const [, go] = useLocation();
  const wake = useWake(row);
  const forgetWhy = useMay()('boxes.forget');
  const { last } = row;
  return (
    <>
      <PageHeader
        title={row.name}
        subtitle={[
          plainAddress(row.address),
          last && t('version', { version: last.version }),
          last && medium(last.image),
        ]
          .filter(Boolean)
          .join(' · ')}
        back={back}
        badge={<StatusBadge tone={tone}>{word}</StatusBadge>}
        actions={
          <Menu
            label={t('more', { name: row.name })}
            items={[
              { label: t('wake'), icon: PowerIcon, onSelect: wake.go, why: wake.why },
              'separator',
              { label: t('forget'), icon: TrashIcon, onSelect: () => setForgetting(true), why: forgetWhy },
            ]}
          />
        }
      />
      {forgetting && <ForgetDialog row={row} onClose={() => setForgetting(false)} onDone={() => go('/boxes')} />}
    </>
  );
}
const medium = ({
  medium: on,
  slot,
  version,
}: {
  medium: 'stick' | 'disk';
  slot?: 'a' | 'b';
  version: string;
}): string =>
  on === 'stick' ? t('image.stick', { version }) : t('image.disk', { version, slot: (slot ?? 'a').toUpperCase() });

function useWake(row: BoxRow): { go: () => void; busy: boolean; why: string | undefined } {
  const wake = useAction((api, id: string) => api.boxes.wake({ id }), {
    onProblem: toastProblem,
    onDone: ({ packets }) => toast({ title: t('woken', { name: row.name }), detail: t('woken.text', { n: packets }) }),
  });
  const why = useMay()('boxes.wake') ?? (row.macs.length === 0 ? t('wake.noCard') : undefined);
  return { go: () => void wake.run(row.id), busy: wake.busy, why };
}

/** Where the link to it does not hold: what that means, and what helps. */
function Link({ row }: { row: BoxRow }) {
  const now = useNow();
  const wake = useWake(row);
  if (row.state === 'changed' || row.state === 'revoked')
    return (
      <div className={css.stack}>
        {row.problem && <ProblemView problem={row.problem} />}
        <p className={css.text}>{t(row.state === 'changed' ? 'changed.text' : 'revoked.text')}</p>
        <p className={css.muted}>{t('pinned')}</p>
        <p className={css.print}>{row.fingerprint.match(/.{4}/g)?.join(' ')}</p>
      </div>
    );
  if (row.state === 'connecting') return <Banner tone="note" title={t('connecting', { address: plainAddress(row.address) })} />;
  if (row.state === 'online') return null;
  return (
    <Banner
      tone="warning"
      title={t('offline', { ago: ago(row.since, now) })}
      actions={
        <Button size="small" icon={PowerIcon} busy={wake.busy} why={wake.why} onClick={wake.go}>
          {t('wake')}
        </Button>
      }
    >
      {row.problem ? [row.problem.detail, row.problem.cause, row.problem.fix].filter(Boolean).join(' ') : t('offline.text')}
    </Banner>
  );
} // prettier-ignore
