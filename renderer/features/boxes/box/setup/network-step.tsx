import { useState } from 'react';
import { Button } from '../../../../ui/button.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { networkNow } from '../network/addresses.tsx';
import { NetworkForm } from '../network/network-form.tsx';
import { t } from '../text.ts';

/** The network it is in may stay, or another one is tried. */
export function NetworkStep({ onDone }: { onDone: () => void }) {
  const { state, away } = useBox();
  const [changing, setChanging] = useState(false);
  const leave = useAct({ onDone });
  if (state.network.trial) return <p className={css.text}>{t('setup.networkTrial')}</p>;
  return (
    <div className={css.stack}>
      <p className={css.text}>{t('setup.networkText', { words: networkNow(state) })}</p>
      {leave.problem && <ProblemView problem={leave.problem} compact />}
      {!changing && (
        <div className={css.actions}>
          <Button tone="primary" busy={leave.busy} why={away} onClick={() => void leave.run({ do: 'leave-network' })}>
            {t('setup.networkStays')}
          </Button>
          <Button tone="quiet" onClick={() => setChanging(true)}>
            {t('setup.networkChange')}
          </Button>
        </div>
      )}
      {changing && <NetworkForm key={JSON.stringify(state.network.current)} onGiveUp={() => setChanging(false)} />}
    </div>
  );
}
