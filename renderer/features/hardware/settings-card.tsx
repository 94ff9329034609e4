import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineForm } from '../../../main/contract/form.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { machineDetail, target, useLive } from '../../lib/resources.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './hardware.module.css';
import { SettingsAdvanced } from './settings-advanced.tsx';
import { wished } from './settings-wish.ts';
import type { PartProps, SettingsWish } from './settings-wish.ts';
import { t } from './text.ts';

/** What a machine is called and how it behaves; of any machine, whoever wrote its manifest. */
export function SettingsCard({ of }: { of: ObjectRef }): ReactNode {
  const place = useLive(target).value?.id;
  // Counts changes of what somebody wants: the form is read again when somebody else made one.
  const generation = useLive(machineDetail(of)).value?.vm.metadata.generation;
  const [wish, setWish] = useState<SettingsWish>({});
  const read = useCall(['form', place, of, generation], (api, signal) => api.form.read(of, { signal }), {
    staleMs: 0,
    keepFor: 3,
  });
  const offer = useOffer();
  const save = useAction(
    (api, input: { form: MachineForm; version: string }) => api.form.apply({ ...of, ...input }),
    {
      onDone: () => {
        setWish({});
        toast({ title: t('form.saved', { name: of.name }), tone: 'ok' });
      },
    },
  ); // prettier-ignore
  if (!read.value)
    return (
      <Card title={t('form.title')}>
        {read.problem ? (
          <ProblemView problem={read.problem} actions={<Button onClick={read.again}>{t('form.again')}</Button>} />
        ) : (
          <Skeleton count={4} />
        )}
      </Card>
    );
  const { form, version } = read.value;
  const { form: next, wrong } = wished(form, wish);
  const same = JSON.stringify(next) === JSON.stringify(form);
  const why = offer('form.apply') ?? (wrong.size > 0 ? t('form.wrong') : same ? t('form.nothing') : undefined);
  const put = (change: SettingsWish): void => setWish((now) => ({ ...now, ...change }));
  return (
    <Card title={t('form.title')}>
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (why === undefined) void save.run({ form: next, version });
        }}
      >
        <Basics form={form} wish={wish} wrong={wrong} put={put} />
        <SettingsAdvanced form={form} wish={wish} wrong={wrong} put={put} />
        {save.problem && <ProblemView problem={save.problem} compact />}
        <div className={css.actions}>
          <Button type="submit" tone="primary" busy={save.busy} why={why}>
            {t('form.save')}
          </Button>
          {(!same || wrong.size > 0) && <Button onClick={() => setWish({})}>{t('size.undo')}</Button>}
        </div>
      </form>
    </Card>
  );
}

const strategies = ['RerunOnFailure', 'Always', 'Manual', 'Once', 'Halted'] as const;

function Basics({ form, wish, wrong, put }: PartProps): ReactNode {
  const preferences = useCall(['preferences'], (api) => api.machines.preferences({})).value ?? [];
  const shown = wish.preference ?? form.preference ?? '';
  const known = preferences.map((each) => ({
    value: each.name,
    label: each.displayName || each.name,
    detail: each.name,
  }));
  const foreign = shown !== '' && !known.some(({ value }) => value === shown) ? [{ value: shown, label: shown }] : [];
  const choices = strategies.some((each) => each === form.runStrategy) ? strategies : [form.runStrategy, ...strategies];
  return (
    <div className={css.fields}>
      <TextField
        label={t('form.description')}
        optional
        value={wish.description ?? form.description}
        onChange={(description) => put({ description })}
        maxLength={1000}
      />
      <Select
        label={t('form.strategy')}
        hint={t('form.strategy.hint')}
        value={wish.runStrategy ?? form.runStrategy}
        onChange={(runStrategy) => put({ runStrategy })}
        options={choices.map((value) => ({ value, label: t(`form.strategy.${value}`) }))}
      />
      <TextField
        label={t('form.hostname')}
        optional
        mono
        hint={t('form.hostname.hint')}
        value={wish.hostname ?? form.hostname ?? ''}
        onChange={(hostname) => put({ hostname })}
        error={wrong.has('hostname') ? t('form.hostname.bad') : undefined}
      />
      <Combobox
        label={t('form.preference')}
        value={shown}
        onChange={(preference) => put({ preference })}
        options={[{ value: '', label: t('form.preference.none') }, ...foreign, ...known]}
      />
    </div>
  );
}
