import { useState } from 'react';
import type { PreflightReport } from '../../../main/contract/appliance.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { BundleButton } from '../install/bundle-dialog.tsx';
import { isSame, placeOf } from '../install/draft.ts';
import { planKey } from '../install/plan-key.ts';
import { PlanView } from '../install/plan-view.tsx';
import { fromForm, toForm } from '../install/settings-form.ts';
import { SudoField } from '../install/sudo-field.tsx';
import { usePreflight } from '../install/use-preflight.ts';
import type { PlaceProps } from './place-props.ts';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';

/** The plan in words, and the one button that carries it out. */
export function PlacePlan({ draft, set, secrets, setSecrets }: PlaceProps) {
  const place = placeOf(draft, secrets);
  const report = usePreflight(place);
  const [tried, setTried] = useState(false);
  const base = report.value;
  const settings = base && fromForm(draft.settings ?? toForm(base.suggested), base.versions, base.suggested);
  const ready = place !== undefined && settings !== undefined;
  const plan = useCall(
    planKey(place, settings),
    async (api, signal) => {
      if (!place || !settings) throw new Error('There is nothing to plan.');
      return api.appliances.plan({ place, settings }, { signal });
    },
    {
      enabled: ready,
      staleMs: Number.POSITIVE_INFINITY,
    },
  );
  const install = useAction(
    (api, sudo: string | undefined) => {
      if (!place || !settings) throw new Error('There is nothing to install.');
      return api.appliances.install({
        place,
        settings,
        ...(plan.value && { shown: plan.value.digest }),
        ...(sudo ? { sudo } : {}),
      });
    },
    { onDone: ({ taskId, id }) => set({ part: 'run', run: { taskId, name: id } }) },
  );
  const elevation = base?.elevation;
  const wants = elevation === 'sudo-password' || draft.askSudo === true;
  // The one that was typed to sign in serves here too, until sudo refused it.
  const same = draft.way === 'ssh' && isSame(draft.ssh, secrets) && draft.askSudo !== true;
  const asks = wants && !same;
  const wrong = Object.keys(plan.value?.fields ?? {}).length > 0;
  const why = whyNot(base, plan.value !== undefined, wrong);
  const submit = (): void => {
    setTried(true);
    if (why !== undefined || (asks && secrets.sudo === '')) return;
    void install.run(asks ? secrets.sudo : wants ? secrets.password : undefined);
  };
  const problem = report.problem ?? plan.problem;
  return (
    <StepFrame
      title={t('plan.title')}
      text={plan.value?.summary}
      onBack={() => set({ part: 'settings' })}
      onSubmit={submit}
      next={
        <Button tone="primary" type="submit" busy={install.busy} why={why}>
          {t('plan.install')}
        </Button>
      }
    >
      {problem && (
        <ProblemView
          problem={problem}
          actions={<Button onClick={report.problem ? report.again : plan.again}>{t('image.retry')}</Button>}
        />
      )}
      {!problem && !plan.value && <Skeleton height="block" count={4} />}
      {wrong && <Banner tone="problem" title={t('plan.wrong')} />}
      {install.problem && <ProblemView problem={install.problem} />}
      {base && plan.value && (
        <PlanView
          plan={plan.value}
          ask={
            asks ? (
              <Card title={t('plan.ask')}>
                <SudoField
                  place={base.place}
                  value={secrets.sudo}
                  onChange={(sudo) => setSecrets({ sudo })}
                  error={tried && secrets.sudo === '' ? t('plan.sudoMissing') : undefined}
                />
              </Card>
            ) : wants ? (
              <Banner
                tone="note"
                title={t('plan.sudoSame')}
                actions={
                  <Button size="small" onClick={() => setSecrets({ same: false })}>
                    {t('plan.sudoOther')}
                  </Button>
                }
              />
            ) : (
              <Banner tone={elevation === 'none' ? 'warning' : 'note'} title={t(`elevation.${base.elevation}`)}>
                {elevation === 'none' && t('elevation.noneText')}
              </Banner>
            )
          }
        />
      )}
      {settings && plan.value && !wrong && (
        <div>
          <BundleButton settings={settings} />
        </div>
      )}
    </StepFrame>
  );
}

function whyNot(report: PreflightReport | undefined, planned: boolean, wrong: boolean): string | undefined {
  if (!report || !planned) return t('plan.loading');
  if (wrong) return t('plan.wrong');
  if (report.elevation === 'none') return t('elevation.none');
  const blocks = report.findings.filter((each) => each.blocks).length;
  return blocks > 0 ? t('check.why', { n: blocks }) : undefined;
}
