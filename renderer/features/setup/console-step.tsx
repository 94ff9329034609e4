import { useEffect, useEffectEvent } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { TaskStep } from '../../../main/contract/task.ts';
import { machines, useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { StepList } from '../../ui/step-list.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { rememberLogin } from '../create/logins.ts';
import { asksForLogin } from './draft.ts';
import type { StepProps } from './step-props.ts';
import { statusWord } from '../machines/status.ts';
import css from './setup.module.css';
import { StepFrame } from './step-frame.tsx';
import { t } from './text.ts';
import { useSerialTail } from './use-serial-tail.ts';

/** How far a starting machine is. */
export function bootSteps(row: MachineRow | undefined): TaskStep[] {
  const done = row?.tone === 'running' ? 2 : row?.status === 'Starting' ? 1 : 0;
  const now = row?.tone === 'error' ? 'failed' : 'running';
  return [t('console.disk'), t('console.power'), t('console.boot'), t('console.ready')].map((title, index) => ({
    title,
    state: index < done ? 'done' : index === done ? now : 'waiting',
  }));
}

export function ConsoleStep({ draft, change, finish }: StepProps) {
  const { items, state } = useList(machines);
  const ref = draft.machine;
  const row = items.find((each) => each.namespace === ref?.namespace && each.name === ref?.name);
  const running = row?.tone === 'running';
  const said = useSerialTail(ref, running);
  const login = asksForLogin(said);
  const name = ref?.name ?? draft.name ?? '';
  const offer = useOffer();
  const page = `/machines/${ref?.namespace ?? 'default'}/${name}`;
  const start = useAction(
    (api) => api.machines.act({ namespace: ref?.namespace ?? 'default', name, action: 'start' }),
    {
      onProblem: toastProblem,
    },
  );
  const open = (): void => {
    // The console says how to log in, where it is in nobody's way.
    if (draft.user) rememberLogin(ref?.namespace ?? 'default', name, { user: draft.user, password: draft.password });
    finish(`${page}/console`);
  };
  const openNow = useEffectEvent(open);
  useEffect(() => {
    if (login) openNow();
  }, [login]);

  if (state === 'live' && !row)
    return (
      <StepFrame
        title={t('console.title', { name })}
        next={
          <Button tone="primary" onClick={() => change({ step: 'machine', machine: undefined })}>
            {t('console.again')}
          </Button>
        }
      >
        <Banner tone="warning" title={t('console.gone')} />
      </StepFrame>
    );
  const trouble = row?.tone === 'error';
  return (
    <StepFrame
      title={t(trouble ? 'console.trouble' : running ? 'console.running' : 'console.title', { name })}
      text={t('console.text')}
      onSubmit={open}
      next={
        <>
          {trouble && (
            <Button busy={start.busy} why={offer('machines.act:start')} onClick={() => void start.run(undefined)}>
              {t('console.retry')}
            </Button>
          )}
          <Button tone={running ? 'primary' : 'plain'} onClick={running ? open : () => finish(page)}>
            {t(running ? 'console.open' : 'console.finish')}
          </Button>
        </>
      }
    >
      {row?.why && (
        <Banner tone={trouble ? 'problem' : 'note'} title={statusWord(row.status)}>
          {row.why}
        </Banner>
      )}
      <div className={css.pair}>
        <Card>
          <StepList steps={bootSteps(row)} />
        </Card>
        {draft.user && (
          <Card title={t('console.login')}>
            <KeyValue
              items={[
                { label: t('console.user'), value: draft.user, mono: true, copy: draft.user },
                { label: t('console.password'), value: draft.password, mono: true, copy: draft.password },
              ]}
            />
          </Card>
        )}
      </div>
      <Card title={t('console.screen')}>
        <pre className={css.tail} aria-live="off">
          {said.trim().split('\n').slice(-12).join('\n') || t('console.silent')}
        </pre>
      </Card>
    </StepFrame>
  );
}
