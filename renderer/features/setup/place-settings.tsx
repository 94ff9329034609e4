import { useState } from 'react';
import { queryClient, useAction } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { placeOf } from '../install/draft.ts';
import { planKey } from '../install/plan-key.ts';
import { formFields, fromForm, planFields, toForm } from '../install/settings-form.ts';
import type { Fields, SettingsForm } from '../install/settings-form.ts';
import { SettingsFields } from '../install/settings-fields.tsx';
import { usePreflight } from '../install/use-preflight.ts';
import type { PlaceProps } from './place-props.ts';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

const none: Readonly<Record<string, string>> = {};

/** What a person decides; the values fit the machine already, so that going on is enough. */
export function PlaceSettings({ draft, set, secrets }: PlaceProps) {
  const place = placeOf(draft, secrets);
  const report = usePreflight(place);
  const [tried, setTried] = useState(false);
  const plan = useAction(
    (api, form: SettingsForm) => {
      if (!place || !report.value) throw new Error('There is no place to plan for.');
      const settings = fromForm(form, report.value.versions, report.value.suggested);
      return api.appliances.plan({ place, settings });
    },
    {
      onDone: (found, form) => {
        if (!place || !report.value || Object.keys(found.fields).length > 0) return;
        const settings = fromForm(form, report.value.versions, report.value.suggested);
        queryClient.setQueryData(planKey(place, settings), found);
        set({ part: 'plan', settings: form });
      },
    },
  );
  const form = draft.settings ?? (report.value && toForm(report.value.suggested));
  const own = form ? formFields(form) : {};
  const told = form ? planFields(form, plan.value?.fields ?? plan.problem?.fields ?? none) : { fields: {}, rest: [] };
  const fields = { ...told.fields, ...(tried || !form ? own : typed(own, form)) };
  const submit = (): void => {
    setTried(true);
    if (form && Object.keys(own).length === 0) void plan.run(form);
  };
  return (
    <StepFrame
      title={t('settings.title')}
      text={t('settings.text')}
      onBack={() => set({ part: 'check' })}
      onSubmit={submit}
      next={
        <Button tone="primary" type="submit" busy={plan.busy} why={form ? undefined : t('check.loading')}>
          {t('settings.next')}
        </Button>
      }
    >
      {report.loading && <Skeleton height="block" count={3} />}
      {report.problem && (
        <ProblemView problem={report.problem} actions={<Button onClick={report.again}>{t('check.again')}</Button>} />
      )}
      {told.rest.map((text) => (
        <Banner key={text} tone="problem" title={text} />
      ))}
      {plan.problem && !plan.problem.fields && <ProblemView problem={plan.problem} />}
      {tried && Object.keys(fields).length > 0 && (
        <Banner tone="problem" title={t('settings.wrong', { n: Object.keys(fields).length })} />
      )}
      {form && report.value && (
        <SettingsFields
          form={form}
          onChange={(part) => {
            if (plan.value ?? plan.problem) plan.reset();
            set({ settings: { ...form, ...part } });
          }}
          fields={fields}
          report={report.value}
        />
      )}
    </StepFrame>
  );
}

/** Before the first try, nothing is said about a field that is still empty. */
const typed = (fields: Fields, form: SettingsForm): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => Boolean(form[field as keyof SettingsForm])));
