import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { ScheduleView } from '../../../main/contract/snapshot-schedule.ts';
import { dateTime } from '../../lib/format.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { rhythmInWords } from './rhythm-fields.tsx';
import { ScheduleDialog } from './schedule-dialog.tsx';
import css from './snapshots.module.css';
import { t } from './text.ts';

/** Snapshots that come by themselves: when, how many stay, and how it went. */
export function ScheduleCard(props: {
  of: ObjectRef;
  view: ScheduleView | undefined;
  why: string | undefined;
}): ReactNode {
  const { of, view, why } = props;
  const [open, setOpen] = useState<'set' | 'end'>();
  const close = (): void => setOpen(undefined);
  return (
    <Card
      title={t('schedule.title')}
      actions={
        <>
          {view && (
            <Button size="small" why={why} onClick={() => setOpen('end')}>
              {t('schedule.end')}
            </Button>
          )}
          <Button size="small" why={why} onClick={() => setOpen('set')}>
            {t(view?.schedule ? 'schedule.change' : 'schedule.set')}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <Standing view={view} />
      </div>
      {open === 'set' && <ScheduleDialog of={of} present={view?.schedule} onClose={close} />}
      {open === 'end' && (
        <ConfirmCall
          title={t('schedule.endTitle', { name: of.name })}
          confirmLabel={t('schedule.endGo')}
          call={(api) => api.snapshots.schedule({ ...of, schedule: null })}
          done={t('schedule.ended')}
          onClose={close}
        >
          {t('schedule.endText')}
        </ConfirmCall>
      )}
    </Card>
  );
}

function Standing({ view }: { view: ScheduleView | undefined }): ReactNode {
  if (!view) return <p className={css.muted}>{t('schedule.none')}</p>;
  const { schedule, next, last, failed, missed, unreadable } = view;
  return (
    <>
      {unreadable !== undefined && (
        <Banner tone="problem" title={t('schedule.unreadable')}>
          <span lang="en">{unreadable}</span>
        </Banner>
      )}
      {failed && (
        <Banner tone="problem" title={t('schedule.failed')}>
          {dateTime(failed.at)} <span lang="en">{`${failed.title}: ${failed.detail}`}</span>
        </Banner>
      )}
      {missed && (
        <Banner
          tone="warning"
          title={t(failed ? 'schedule.missedFailed' : 'schedule.missed', {
            n: missed.count,
            when: dateTime(missed.at),
          })}
        />
      )}
      {schedule && (
        <p>
          {rhythmInWords(schedule.rhythm)}. {t('schedule.keep', { n: schedule.keep })}
        </p>
      )}
      {schedule && (
        <p className={css.facts}>
          {next !== undefined && <span>{t('schedule.next', { when: dateTime(next) })}</span>}
          {last !== undefined && <span>{t('schedule.last', { when: dateTime(last) })}</span>}
        </p>
      )}
    </>
  );
}
