import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { Schedule } from '../../../main/contract/snapshot-schedule.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { toast } from '../../ui/toast.tsx';
import { RhythmFields, rhythmIn, useRhythm } from './rhythm-fields.tsx';
import css from './snapshots.module.css';
import { t } from './text.ts';

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
  const [draft, change] = useRhythm(present?.rhythm);
  const [keep, setKeep] = useState<number | undefined>(present?.keep ?? 7);
  const wanted = rhythmIn(draft);
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
        <RhythmFields draft={draft} change={change} />
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
