import { useState } from 'react';
import type { ReactNode } from 'react';
import type { BackupKeep, BackupPlaceRow, BackupPlan } from '../../../main/contract/backups.ts';
import { machines, target, useList, useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Segments } from '../../ui/segments.tsx';
import { toast } from '../../ui/toast.tsx';
import { RhythmFields, rhythmIn, useRhythm } from '../snapshots/rhythm-fields.tsx';
import css from './backups.module.css';
import { t } from './text.ts';

const counts = ['last', 'daily', 'weekly', 'monthly'] as const;
const usual: BackupKeep = { last: 0, daily: 7, weekly: 4, monthly: 6 };

/** Asks when which machines are backed up by themselves, and how many points of each stay. */
export function PlanDialog({ row, onClose }: { row: BackupPlaceRow; onClose: () => void }): ReactNode {
  const { plan } = row;
  const here = useLive(target).value;
  const { items } = useList(machines);
  const [draft, change] = useRhythm(plan?.rhythm);
  const [keep, setKeep] = useState<Record<keyof BackupKeep, number | undefined>>(plan?.keep ?? usual);
  // Machines are chosen among those that are shown: a plan of another target begins anew.
  const same = plan && plan.target === here?.id ? plan : undefined;
  const [which, setWhich] = useState<'all' | 'some'>(same && same.machines !== 'all' ? 'some' : 'all');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    new Set(same && same.machines !== 'all' ? same.machines.map(({ namespace, name }) => `${namespace}/${name}`) : []),
  );
  const rhythm = rhythmIn(draft);
  const picked = items.filter(({ namespace, name }) => chosen.has(`${namespace}/${name}`));
  const kept = counts.map((each) => keep[each]);
  const lack =
    !rhythm || kept.includes(undefined)
      ? t('plan.incomplete')
      : kept.every((count) => count === 0)
        ? t('plan.keepNothing')
        : which === 'some' && picked.length === 0
          ? t('plan.noMachine')
          : undefined;
  const save = useAction((api, next: BackupPlan) => api.backups.setPlan({ placeId: row.id, plan: next }), {
    onDone: () => {
      toast({ title: t('plan.saved') });
      onClose();
    },
  });
  const submit = (): void => {
    if (lack !== undefined || !rhythm || !here) return;
    const all = Object.fromEntries(counts.map((each) => [each, keep[each] ?? 0])) as BackupKeep;
    const wanted = which === 'all' ? which : picked.map(({ namespace, name }) => ({ namespace, name }));
    void save.run({ rhythm, keep: all, target: here.id, machines: wanted });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('plan.title', { name: row.name })}
      cancel
      footer={
        <Button tone="primary" busy={save.busy} why={lack} onClick={submit}>
          {t('plan.save')}
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
          label={t('plan.machines')}
          value={which}
          onChange={setWhich}
          items={[
            { value: 'all', label: t('plan.all', { place: here?.name ?? '' }) },
            { value: 'some', label: t('plan.some') },
          ]}
        />
        {which === 'some' && (
          <ul className={css.choices}>
            {items.map(({ namespace, name }) => {
              const key = `${namespace}/${name}`;
              return (
                <li key={key}>
                  <Checkbox
                    label={namespace === 'default' ? name : key}
                    checked={chosen.has(key)}
                    onChange={(on) => {
                      const next = new Set(chosen);
                      if (on) next.add(key);
                      else next.delete(key);
                      setChosen(next);
                    }}
                  />
                </li>
              );
            })}
          </ul>
        )}
        <RhythmFields draft={draft} change={change} />
        <p className={css.muted}>{t('plan.keepText')}</p>
        <div className={css.pair}>
          {counts.map((each) => (
            <NumberField
              key={each}
              label={t(`plan.keep.${each}`)}
              value={keep[each]}
              onChange={(value) => setKeep({ ...keep, [each]: value })}
              min={0}
              max={1000}
            />
          ))}
        </div>
        {save.problem && <ProblemView problem={save.problem} compact />}
      </form>
    </Dialog>
  );
}
