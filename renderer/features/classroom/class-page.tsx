import type { ReactNode } from 'react';
import { ownSeat, useList, useLive } from '../../lib/resources.ts';
import { Page } from '../../ui/page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { HeldClassPage } from './held/held-class.tsx';
import { SeatPage } from './held/seat-page.tsx';
import { classSeats, heldClass } from './resources.ts';
import { OwnSeatPanel } from './seat/own-seat.tsx';
import { Start } from './start.tsx';
import { t } from './text.ts';

/** Labs in a class: the one that is held here, the seat that this Hearth has, or the way to either. */
export function ClassPage({ seat }: { seat: string | undefined }): ReactNode {
  const held = useLive(heldClass);
  const own = useLive(ownSeat);
  const seats = useList(classSeats);
  const problem = held.value ? own.problem : held.problem;
  if (!held.value || !own.value)
    return (
      <Page>
        <PageHeader title={t('class')} back={{ to: '/labs', label: t('labs') }} />
        {problem ? <ProblemView problem={problem} /> : <Skeleton height="block" count={2} />}
      </Page>
    );
  const { now } = held.value;
  return (
    <Page>
      {now && seat !== undefined && seats.state !== 'loading' ? (
        <SeatPage row={seats.rows.get(seat)} />
      ) : now ? (
        <HeldClassPage held={now} />
      ) : (
        <PageHeader title={t('class')} subtitle={t('subtitle')} back={{ to: '/labs', label: t('labs') }} />
      )}
      {own.value.now && <OwnSeatPanel own={own.value.now} />}
      {!now && !own.value.now && <Start />}
    </Page>
  );
}
