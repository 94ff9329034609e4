import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { Rhythm, Schedule } from '../../../main/contract/snapshot-schedule.ts';
import { weekday } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './snapshots.module.css';
import { t } from './text.ts';

const clock = /^([01]\d|2[0-3]):[0-5]\d$/;
const days = [1, 2, 3, 4, 5, 6, 0].map((day) => ({ value: String(day), label: weekday(day) }));

/** Asks when snapshots of a machine are taken by themselves, and how many of them stay. */
export function ScheduleDialog({
  of,
  present,
  onClose,
}: {
  of: ObjectRef;
  present: Schedule | undefined;
  onClose: () => void;
}): ReactNode {
  const rhythm = present?.rhythm;
  const [every, setEvery] = useState<Rhythm['every']>(rhythm?.every ?? 'day');
  const [hours, setHours] = useState<number | undefined>(rhythm?.every === 'hours' ? rhythm.hours : 6);
  const [at, setAt] = useState(rhythm && rhythm.every !== 'hours' ? rhythm.at : '03:00');
  const [day, setDay] = useState(String(rhythm?.every === 'week' ? rhythm.day : 0));
  const [keep, setKeep] = useState<number | undefined>(present?.keep ?? 7);
  const wanted = ((): Rhythm | undefined => {
    if (every === 'hours') return hours === undefined ? undefined : { every, hours };
    if (!clock.test(at)) return undefined;
    return every === 'day' ? { every, at } : { every, day: Number(day), at };
  })();
  const lack = wanted && keep !== undefined ? undefined : t('schedule.incomplete');
  const save = useAction((api, schedule: Schedule) => api.snapshots.schedule({ ...of, schedule }), {
    onDone: () => {
      toast({ title: t('schedule.saved') });
      onClose();
    },
  });
  const submit = (): void => {
    if (wanted && keep !== undefined) void save.run({ rhythm: wanted, keep });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('schedule.dialog', { name: of.name })}
      cancel
      footer={
        <Button tone="primary" busy={save.busy} why={lack} onClick={submit}>
          {t('schedule.save')}
        </Button>
      }
    >
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Segments
          label={t('schedule.every')}
          value={every}
          onChange={setEvery}
          items={[
            { value: 'hours', label: t('schedule.everyHours') },
            { value: 'day', label: t('schedule.everyDay') },
            { value: 'week', label: t('schedule.everyWeek') },
          ]}
        />
        {every === 'hours' && (
          <NumberField label={t('schedule.hoursField')} value={hours} onChange={setHours} min={1} max={168} />
        )}
        {every === 'week' && <Select label={t('schedule.weekday')} value={day} onChange={setDay} options={days} />}
        {every !== 'hours' && (
          <TextField
            label={t('schedule.at')}
            hint={t('schedule.atHint')}
            value={at}
            onChange={setAt}
            error={clock.test(at) ? undefined : t('schedule.atBad')}
            maxLength={5}
          />
        )}
        <NumberField
          label={t('schedule.keepField')}
          hint={t('schedule.keepHint')}
          value={keep}
          onChange={setKeep}
          min={1}
          max={100}
        />
        {save.problem && <ProblemView problem={save.problem} compact />}
      </form>
    </Dialog>
  );
}
