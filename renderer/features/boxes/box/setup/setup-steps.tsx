import { useState } from 'react';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import css from '../../boxes.module.css';
import { networkWords } from '../network/addresses.tsx';
import { useAct, useBox } from '../door.ts';
import { NetworkForm } from '../network/network-form.tsx';
import { t } from '../text.ts';
import { AccountStep } from './account-step.tsx';
import { ApplianceStep } from './appliance-step.tsx';
import { FirstStep } from './first-step.tsx';
import { NameStep } from './name-step.tsx';
import { SetupStep } from './setup-step.tsx';

const order = ['name', 'account', 'network', 'appliance', 'first'] as const;
type Step = (typeof order)[number];

/** What a fresh box is asked, one step open at a time; each can be looked at again. */
export function SetupSteps() {
  const { state, away } = useBox();
  const { setup } = state;
  const [looked, setLooked] = useState(false);
  const [wanted, setWanted] = useState<Step>();
  const cared = setup.appliance === 'ready' || setup.appliance === 'skipped';
  const done: Record<Step, boolean> = {
    name: setup.named,
    account: setup.account,
    // The address it has works already: whoever reads this came over it.
    network: looked || cared || setup.appliance === 'installing',
    appliance: cared,
    first: false,
  };
  const open = wanted ?? order.find((step) => !done[step]) ?? 'first';
  const next = (): void => setWanted(undefined);
  const step = (each: Step) => ({
    n: order.indexOf(each) + 1,
    title: t(`setup.${each}`),
    done: done[each],
    open: open === each,
    onOpen: () => setWanted(each),
  });
  const finish = useAct();
  const summary = {
    name: state.wishes.hostName,
    account: t('account.is'),
    network: networkWords(state.network.current),
    appliance: t(`appliance.${setup.appliance}`),
  };
  return (
    <Card title={t('setup', { name: state.name })} flush>
      <p className={`${css.pad} ${css.text}`}>{t('setup.text')}</p>
      <SetupStep {...step('name')} summary={summary.name}>
        <NameStep onDone={next} />
      </SetupStep>
      <SetupStep {...step('account')} summary={summary.account}>
        <AccountStep onDone={next} />
      </SetupStep>
      <SetupStep {...step('network')} summary={summary.network}>
        <div className={css.stack}>
          <p className={css.text}>{t('setup.networkText', { words: summary.network })}</p>
          <div>
            <Button
              tone="primary"
              onClick={() => {
                setLooked(true);
                next();
              }}
            >
              {t('setup.networkStays')}
            </Button>
          </div>
          <details className={css.more}>
            <summary>{t('network.change')}</summary>
            <NetworkForm onTried={() => setLooked(true)} />
          </details>
        </div>
      </SetupStep>
      <SetupStep {...step('appliance')} summary={summary.appliance}>
        <ApplianceStep onDone={next} />
      </SetupStep>
      <SetupStep {...step('first')} summary="">
        <FirstStep />
      </SetupStep>
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
