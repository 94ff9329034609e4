import type { BoxDisk } from '../../../../../main/contract/box/state.ts';
import { bytes } from '../../../../lib/format.ts';
import { Announce } from '../../../../ui/announce.tsx';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { StopIcon } from '../../../../ui/icons.tsx';
import { toastProblem } from '../../../../ui/toast.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';
import stage from './stage.module.css';

/** The stick named exactly one disk: it is erased when nobody stops it. */
export function Countdown({ disk, secondsLeft }: { disk: BoxDisk; secondsLeft: number }) {
  const { away } = useBox();
  const stop = useAct({ onProblem: toastProblem });
  const every = secondsLeft > 10 ? Math.ceil(secondsLeft / 10) * 10 : secondsLeft;
  return (
    <Card title={t('countdown', { disk: disk.model || disk.name })}>
      <Announce text={t('countdown.left', { n: every })} />
      <div className={stage.countdown}>
        <p className={stage.seconds} aria-hidden="true">
          {secondsLeft}
        </p>
        <div className={css.stack}>
          <p className={css.text}>
            {t('countdown.text', { disk: disk.model || disk.name, size: bytes(disk.size), serial: disk.serial, content: disk.content })}
          </p>
          <div>
            <Button tone="primary" icon={StopIcon} busy={stop.busy} why={away} onClick={() => void stop.run({ do: 'stop-countdown' })}>
              {t('countdown.stop')}
            </Button>
          </div>
        </div>
      </div>
    </Card>
  );
} // prettier-ignore
