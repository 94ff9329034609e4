import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Rhythm } from '../../../main/contract/snapshot-schedule.ts';
import { weekday } from '../../lib/format.ts';
import { NumberField } from '../../ui/number-field.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { t } from './text.ts';

const clock = /^([01]\d|2[0-3]):[0-5]\d$/;
const days = [1, 2, 3, 4, 5, 6, 0].map((day) => ({ value: String(day), label: weekday(day) }));

/** When something comes by itself, as it is typed. */
export interface RhythmDraft {
  every: Rhythm['every'];
  hours: number | undefined;
  at: string;
  day: string;
}
export function useRhythm(present: Rhythm | undefined): [RhythmDraft, (part: Partial<RhythmDraft>) => void] {
  const [draft, setDraft] = useState<RhythmDraft>({
    every: present?.every ?? 'day',
    hours: present?.every === 'hours' ? present.hours : 6,
    at: present && present.every !== 'hours' ? present.at : '03:00',
    day: String(present?.every === 'week' ? present.day : 0),
  });
  return [draft, (part) => setDraft((before) => ({ ...before, ...part }))];
}

/** Undefined while something is missing. Pure. */
export function rhythmIn({ every, hours, at, day }: RhythmDraft): Rhythm | undefined {
  if (every === 'hours') return hours === undefined ? undefined : { every, hours };
  if (!clock.test(at)) return undefined;
  return every === 'day' ? { every, at } : { every, day: Number(day), at };
}

export const rhythmInWords = (rhythm: Rhythm): string =>
  rhythm.every === 'hours'
    ? t('schedule.hours', { n: rhythm.hours })
    : rhythm.every === 'day'
      ? t('schedule.day', { at: rhythm.at })
      : t('schedule.week', { day: weekday(rhythm.day), at: rhythm.at });

export function RhythmFields(props: { draft: RhythmDraft; change: (part: Partial<RhythmDraft>) => void }): ReactNode {
  const { draft, change } = props;
  const { every, hours, at, day } = draft;
  return (
    <>
      <Segments
        label={t('schedule.every')}
        value={every}
        onChange={(next) => change({ every: next })}
        items={[
          { value: 'hours', label: t('schedule.everyHours') },
          { value: 'day', label: t('schedule.everyDay') },
          { value: 'week', label: t('schedule.everyWeek') },
        ]}
      />
      {every === 'hours' && (
        <NumberField
          label={t('schedule.hoursField')}
          value={hours}
          onChange={(next) => change({ hours: next })}
          min={1}
          max={168}
        />
      )}
      {every === 'week' && (
        <Select label={t('schedule.weekday')} value={day} onChange={(next) => change({ day: next })} options={days} />
      )}
      {every !== 'hours' && (
        <TextField
          label={t('schedule.at')}
          hint={t('schedule.atHint')}
          value={at}
          onChange={(next) => change({ at: next })}
          error={clock.test(at) ? undefined : t('schedule.atBad')}
          maxLength={5}
        />
      )}
    </>
  );
}
