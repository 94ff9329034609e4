import { useState } from 'react';
import type { BoxNetworkTrial } from '../../../../../main/contract/box/state.ts';
import { useClock } from '../../../../lib/use-clock.ts';
import { Announce } from '../../../../ui/announce.tsx';
import { Banner } from '../../../../ui/banner.tsx';
import { Button } from '../../../../ui/button.tsx';
import { toast, toastProblem } from '../../../../ui/toast.tsx';
import { newPlace } from '../../new-place.ts';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

/** A network that is tried: who reads this over it keeps it by saying so; else the way to its new address. */
export function NetworkTrial() {
  const { state } = useBox();
  const { trial } = state.network;
  return trial ? <Running trial={trial} /> : null;
}

function Running({ trial }: { trial: BoxNetworkTrial }) {
  const { away, door, row } = useBox();
  const keep = useAct({ onDone: () => toast({ title: t('network.kept') }), onProblem: toastProblem });
  const left = useLeft(trial);
  const every = left > 10 ? Math.ceil(left / 10) * 10 : left;
  const title = left > 0 ? t('network.trial', { n: left }) : t('network.trialOver');
  const elsewhere = newPlace(trial, door.own ? { host: location.hostname, port: location.port } : { host: (row?.address ?? '').replace(/:.*$/, '') }); // prettier-ignore
  const words = elsewhere
    ? t(door.own ? 'network.trialElsewhere' : 'network.trialFollow', { host: elsewhere.host })
    : t(trial.inEffect === false ? 'network.trialSoon' : 'network.trialText');
  return (
    <>
      <Announce text={left > 0 ? t('network.trial', { n: every }) : title} />
      <Banner
        tone="warning"
        title={title}
        actions={
          elsewhere ? (
            elsewhere.url !== undefined && (
              <Button tone="primary" size="small" href={elsewhere.url}>
                {t('network.open', { host: elsewhere.host })}
              </Button>
            )
          ) : (
            <Button
              tone="primary"
              size="small"
              busy={keep.busy}
              why={away ?? (trial.inEffect === false ? t('network.trialSoon') : undefined)}
              onClick={() => void keep.run({ do: 'keep-network', trial: trial.id })}
            >
              {t('network.keep')}
            </Button>
          )
        }
      >
        {words}
      </Banner>
    </>
  );
}

/** Seconds, counted here as well: over the old network the box may be out of reach by now. */
function useLeft({ id, secondsLeft }: BoxNetworkTrial): number {
  const now = useClock(true);
  const [told, setTold] = useState({ id, secondsLeft, at: now });
  if (told.id !== id || told.secondsLeft !== secondsLeft) setTold({ id, secondsLeft, at: now });
  return Math.max(0, Math.min(secondsLeft, Math.round(told.secondsLeft - (now - told.at) / 1000)));
}
