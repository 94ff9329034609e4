import { useState } from 'react';
import type { ReactNode } from 'react';
import type { HeldClass } from '../../../../main/contract/classroom.ts';
import { useList } from '../../../lib/resources.ts';
import { useStored } from '../../../lib/storage.ts';
import { useAction } from '../../../lib/use-call.ts';
import { useMay } from '../../../lib/use-may.ts';
import { Announce } from '../../../ui/announce.tsx';
import { Button } from '../../../ui/button.tsx';
import { ConfirmCall } from '../../../ui/confirm-call.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { FlagIcon, UserIcon } from '../../../ui/icons.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { Switch } from '../../../ui/switch.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import css from '../classroom.module.css';
import { classSeats, useSeatPictures } from '../resources.ts';
import { t } from '../text.ts';
import { inOrder, shownCode } from '../view.ts';
import { SeatCard } from './seat-card.tsx';
import { timeOfDay } from '../../../lib/format.ts';

/** A class at a glance: how to come in, who wants help, how far everybody is. */
export function HeldClassPage({ held }: { held: HeldClass }): ReactNode {
  const seats = useList(classSeats);
  const pictures = useSeatPictures();
  const [onlyHelp, setOnlyHelp] = useStored('class.onlyHelp', false);
  const [ending, setEnding] = useState(false);
  const may = useMay();
  const rows = inOrder(seats.items);
  const wanting = rows.filter(({ now }) => now?.help);
  const shown = onlyHelp ? wanting : rows;
  return (
    <>
      <PageHeader
        title={held.name}
        subtitle={t('held.subtitle', { teacher: held.teacher, n: rows.length })}
        back={{ to: '/labs', label: t('labs') }}
        actions={
          <Button why={may('classroom.close')} onClick={() => setEnding(true)}>
            {t('end')}
          </Button>
        }
      />
      {held.problem ? <ProblemView problem={held.problem} /> : <WayIn held={held} />}
      <Announce text={wanting[0] ? t('help.said', { name: wanting[0].name }) : ''} />
      {rows.length > 0 && (
        <div className={css.toolbar}>
          <h2 className={css.groupTitle}>{t('seats')}</h2>
          <Switch label={t('onlyHelp', { n: wanting.length })} checked={onlyHelp} onChange={setOnlyHelp} />
        </div>
      )}
      {seats.state === 'loading' && <Skeleton height="block" count={2} />}
      {seats.state !== 'loading' && rows.length === 0 && (
        <EmptyState icon={UserIcon} title={t('empty.title')}>
          {t('empty.text')}
        </EmptyState>
      )}
      {rows.length > 0 && shown.length === 0 && (
        <EmptyState icon={FlagIcon} title={t('noHelp.title')}>
          {t('noHelp.text')}
        </EmptyState>
      )}
      <ul className={css.seats}>
        {shown.map((row) => (
          <SeatCard key={row.id} row={row} picture={pictures.get(row.id)?.[0]} />
        ))}
      </ul>
      {ending && (
        <ConfirmCall
          title={t('end.title', { name: held.name })}
          confirmLabel={t('end')}
          danger
          call={(api) => api.classroom.close({})}
          onClose={() => setEnding(false)}
        >
          {t('end.text')}
        </ConfirmCall>
      )}
    </>
  );
}

/** Address and code, large enough to be read from the last row. */
function WayIn({ held }: { held: HeldClass }): ReactNode {
  const why = useMay()('classroom.code');
  const code = useAction((api, show: boolean) => api.classroom.code({ show }), { onProblem: toastProblem });
  return (
    <section className={css.wayIn} aria-label={t('wayIn')}>
      <div className={css.way}>
        <span className={css.label}>{t('address')}</span>
        <span className={css.large}>{held.addresses[0] ?? '–'}</span>
        {held.addresses.length > 1 && (
          <span className={css.small}>{t('addresses', { others: held.addresses.slice(1).join(', ') })}</span>
        )}
      </div>
      <div className={css.way}>
        <span className={css.label}>{t('code')}</span>
        {held.code ? (
          <>
            <span className={css.large}>
              {shownCode(held.code.digits)} <CopyButton text={held.code.digits} label={t('code.copy')} />
            </span>
            <span className={css.small}>{t('code.until', { time: timeOfDay(held.code.until) })}</span>
          </>
        ) : (
          <span className={css.small}>
            {held.waitUntil ? t('code.wait', { time: timeOfDay(held.waitUntil) }) : t('code.none')}
          </span>
        )}
      </div>
      <div className={css.buttons}>
        <Button size="small" busy={code.busy} why={why} onClick={() => void code.run(true)}>
          {t('code.new')}
        </Button>
        {held.code && (
          <Button size="small" tone="quiet" busy={code.busy} why={why} onClick={() => void code.run(false)}>
            {t('code.hide')}
          </Button>
        )}
      </div>
    </section>
  );
}
