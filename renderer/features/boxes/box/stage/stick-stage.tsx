import { Banner } from '../../../../ui/banner.tsx';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { Announce } from '../../../../ui/announce.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Progress } from '../../../../ui/progress.tsx';
import { StepList } from '../../../../ui/step-list.tsx';
import { toastProblem } from '../../../../ui/toast.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';
import { Countdown } from './countdown.tsx';
import { DiskChoice } from './disk-choice.tsx';

/** A box that runs from its stick: up to the disk it is installed on. */
export function StickStage() {
  const { state, away } = useBox();
  const act = useAct({ onProblem: toastProblem });
  const { stage, problem, progress } = state;
  return (
    <>
      <Announce text={state.words} pace={3_000} />
      {problem && <ProblemView problem={problem} />}
      {stage === 'checking' && (
        <Card title={t('checking')}>
          <div className={css.stack}>
            <Progress value={progress?.fraction} label={t('checking')} />
            <p className={css.text}>{t('checking.text')}</p>
          </div>
        </Card>
      )}
      {stage === 'countdown' && state.countdown && <Countdown {...state.countdown} />}
      {stage === 'choosing' && <DiskChoice />}
      {stage === 'installing' && (
        <Card title={t('installing')}>
          <div className={css.stack}>
            <p className={css.text}>{state.words}</p>
            <Progress value={progress?.fraction} label={t('installing')} />
            {progress && <StepList steps={progress.steps} />}
            <p className={css.muted}>{t('installing.text')}</p>
          </div>
        </Card>
      )}
      {stage === 'installed' && (
        <>
          <Banner tone="ok" title={t('installed')}>
            {t('installed.text')}
          </Banner>
          <Card title={t('next')}>
            <ol className={css.bullets}>
              <li>{t('installed.1')}</li>
              <li>{t('installed.2')}</li>
              <li>{t('installed.3')}</li>
            </ol>
          </Card>
        </>
      )}
      {stage === 'trying' && (
        <Card title={t('trying')}>
          <div className={css.stack}>
            <p className={css.text}>{t('trying.text')}</p>
            <div>
              <Button busy={act.busy} why={away} onClick={() => void act.run({ do: 'back-to-install' })}>
                {t('trying.install')}
              </Button>
            </div>
          </div>
        </Card>
      )}
    </>
  );
}
