import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { ScheduleView } from '../../../main/contract/snapshot-schedule.ts';
import { dateTime } from '../../lib/format.ts';
import { useRemoval } from '../../lib/use-removal.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
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
  const [open, setOpen] = useState(false);
  const { remove: end, busy } = useRemoval<ObjectRef>({
    async call(api, ref) {
      const { undo } = await api.snapshots.schedule({ ...ref, schedule: null });
      return undo === undefined ? undefined : { of: 'schedule', undo };
    },
    done: ({ name }) => t('schedule.ended', { name }),
    name: ({ name }) => t('schedule.named', { name }),
  });
  return (
    <Card
      title={t('schedule.title')}
      actions={
        <>
          {view && (
            <Button size="small" why={why} busy={busy} onClick={() => end({ namespace: of.namespace, name: of.name })}>
              {t('schedule.end')}
            </Button>
          )}
          <Button size="small" why={why} onClick={() => setOpen(true)}>
            {t(view?.schedule ? 'schedule.change' : 'schedule.set')}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <Standing view={view} />
      </div>
      {open && <ScheduleDialog of={of} present={view?.schedule} onClose={() => setOpen(false)} />}
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
