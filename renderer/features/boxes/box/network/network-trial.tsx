import { Announce } from '../../../../ui/announce.tsx';
import { Banner } from '../../../../ui/banner.tsx';
import { Button } from '../../../../ui/button.tsx';
import { toast, toastProblem } from '../../../../ui/toast.tsx';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

/** A network that is tried: who reads this reaches the box over it, and keeps it by saying so. */
export function NetworkTrial() {
  const { state, away } = useBox();
  const keep = useAct({ onDone: () => toast({ title: t('network.kept') }), onProblem: toastProblem });
  const { trial } = state.network;
  if (!trial) return null;
  const every = trial.secondsLeft > 10 ? Math.ceil(trial.secondsLeft / 10) * 10 : trial.secondsLeft;
  return (
    <>
      <Announce text={t('network.trial', { n: every })} />
      <Banner
        tone="warning"
        title={t('network.trial', { n: trial.secondsLeft })}
        actions={
          <Button
            tone="primary"
            size="small"
            busy={keep.busy}
            why={away}
            onClick={() => void keep.run({ do: 'keep-network', trial: trial.id })}
          >
            {t('network.keep')}
          </Button>
        }
      >
        {t('network.trialText')}
      </Banner>
    </>
  );
}
