import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import css from '../../boxes.module.css';
import { networkNow } from '../network/addresses.tsx';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';
import { AccountStep } from './account-step.tsx';
import { ApplianceStep } from './appliance-step.tsx';
import { FirstStep } from './first-step.tsx';
import { NameStep } from './name-step.tsx';
import { NetworkStep } from './network-step.tsx';
import { SetupStep } from './setup-step.tsx';

const order = ['name', 'account', 'network', 'appliance', 'first'] as const;
type Step = (typeof order)[number];

/** What a fresh box is asked, one step open at a time; each can be looked at again. `step`: of the address of the page. */
export function SetupSteps({ step: asked }: { step: string | undefined }) {
  const { state, away, door } = useBox();
  const { setup } = state;
  const [, go] = useLocation();
  const cared = setup.appliance === 'ready' || setup.appliance === 'skipped';
  const done: Record<Step, boolean> = {
    name: setup.named,
    account: setup.account,
    // The address it has works already: whoever reads this came over it.
    network: setup.network || cared || setup.appliance === 'installing',
    appliance: cared,
    first: false,
  };
  const wanted = order.find((each) => each === asked);
  const open = wanted ?? order.find((step) => !done[step]) ?? 'first';
  const next = (): void => go(door.setupBase, { replace: true });
  const list = useRef<HTMLDivElement>(null);
  const before = useRef(open);
  useEffect(() => {
    if (before.current === open) return;
    before.current = open;
    // The button that was pressed is gone with its step: the keyboard goes on at the next one.
    list.current?.querySelector<HTMLElement>(`[data-step=${open}] button`)?.focus();
  }, [open]);
  const step = (each: Step) => ({
    name: each,
    n: order.indexOf(each) + 1,
    title: t(`setup.${each}`),
    done: done[each],
    open: open === each,
    onOpen: () => go(`${door.setupBase}/${each}`, { replace: true }),
  });
  const finish = useAct();
  return (
    <Card title={t('setup', { name: state.name })} flush>
      <p className={`${css.pad} ${css.text}`}>{t('setup.text')}</p>
      <div ref={list}>
        <SetupStep {...step('name')} summary={state.wishes.hostName}>
          <NameStep onDone={next} />
        </SetupStep>
        <SetupStep {...step('account')} summary={t('account.is')}>
          <AccountStep onDone={next} />
        </SetupStep>
        <SetupStep {...step('network')} summary={networkNow(state)}>
          <NetworkStep onDone={next} />
        </SetupStep>
        <SetupStep {...step('appliance')} summary={t(`appliance.${setup.appliance}`)}>
          <ApplianceStep onDone={next} />
        </SetupStep>
        <SetupStep {...step('first')} summary="">
          <FirstStep />
        </SetupStep>
      </div>
      <div className={css.foot}>
        <div className={css.stack}>
          {finish.problem && <ProblemView problem={finish.problem} compact />}
          <div className={css.end}>
            <Button
              tone={cared ? 'primary' : 'plain'}
              busy={finish.busy}
              why={away ?? (cared ? undefined : t('setup.notYet'))}
              onClick={() => void finish.run({ do: 'finish-setup' })}
            >
              {t('setup.finish')}
            </Button>
          </div>
        </div>
      </div>
    </Card>
  );
}
