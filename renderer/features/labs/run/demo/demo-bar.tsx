import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { DemoCommand, LabDemo } from '../../../../../main/contract/labs/demo.ts';
import type { LabRun } from '../../../../../main/contract/labs/run.ts';
import { useStored } from '../../../../lib/storage.ts';
import { typing } from '../../../../lib/typing.ts';
import { useAction } from '../../../../lib/use-call.ts';
import { useMay } from '../../../../lib/use-may.ts';
import { Button } from '../../../../ui/button.tsx';
import { IconButton } from '../../../../ui/icon-button.tsx';
import { FullscreenIcon, PauseIcon, PlayIcon, RewindIcon, SpeakIcon } from '../../../../ui/icons.tsx';
import { Progress } from '../../../../ui/progress.tsx';
import { Select } from '../../../../ui/select.tsx';
import { toastProblem } from '../../../../ui/toast.tsx';
import { useFullscreen } from '../../../console/use-fullscreen.ts';
import { t } from '../text.ts';
import { whyNoRewind } from '../view.ts';
import css from './demo.module.css';
import { TakeOverDialog } from './take-over.tsx';
import { isPlaying } from './use-demo.ts';

const paces = ['0.5', '1', '1.5', '2', '4'] as const;

/** What a lab that plays itself says, large enough for a talk, and how it is steered. */
export function DemoBar({ run, demo }: { run: LabRun; demo: LabDemo }): ReactNode {
  const [asking, setAsking] = useState(false);
  const [voice, setVoice] = useStored('labs.demo.voice', false);
  const full = useFullscreen();
  const steer = useAction((api, command: DemoCommand) => api.labs.steerDemo({ lab: demo.lab, command }), { onProblem: toastProblem });
  const pace = useAction((api, to: number) => api.labs.paceDemo({ lab: demo.lab, pace: to }), { onProblem: toastProblem });
  const again = useAction((api, _input: undefined) => api.labs.playDemo({ lab: demo.lab, pace: demo.pace, loop: demo.loop }), { onProblem: toastProblem });
  const on = isPlaying(demo);
  // Whoever may not steer it looks on.
  const looksOn = useMay()('labs.steerDemo');
  const paused = demo.state === 'paused';
  const { run: press } = steer;
  useVoice(voice && demo.state === 'playing' ? demo.caption : '', demo.pace);
  useEffect(() => {
    if (!on || looksOn !== undefined) return undefined;
    const key = (event: KeyboardEvent): void => {
      const { target } = event;
      const busy = target instanceof Element && target.closest('[role=dialog], [role=menu], [role=listbox], [role=tablist], [role=separator]') !== null;
      if (busy || typing(target) || event.ctrlKey || event.altKey || event.metaKey) return;
      const pressed = target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement;
      const command = event.key === ' ' && !pressed ? (paused ? 'go-on' : 'pause') : event.key === 'ArrowLeft' ? 'back' : undefined;
      if (command) {
        event.preventDefault();
        void press(command);
      } else if (event.key === 'Escape') setAsking(true);
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, [on, paused, press, looksOn]);
  const done = (demo.step + demo.paragraph.n / Math.max(1, demo.paragraph.of)) / run.steps.length;
  const { problem } = demo;
  const words = problem ? problem.title : on ? demo.caption : t(demo.state === 'over' ? 'demo.over' : 'demo.stopped');
  return (
    <section className={css.bar} aria-label={t('demo')}>
      {/* oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <section className={css.words} aria-label={t('demo.words')} tabIndex={0}>
        <p className={css.caption} aria-live="polite">{words}</p>
        {problem && <p className={css.problem} role="alert">{sentence(problem.detail)} {problem.fix}</p>}
      </section>
      <Progress label={t('demo')} value={Math.min(1, demo.state === 'over' ? 1 : done)} />
      <div className={css.controls}>
        {on && (
          <>
            <IconButton icon={paused ? PlayIcon : PauseIcon} label={t(paused ? 'demo.goOn' : 'demo.pause')} busy={steer.busy} why={looksOn} onClick={() => void press(paused ? 'go-on' : 'pause')} />
            <IconButton icon={RewindIcon} label={t('demo.back')} why={looksOn ?? whyNoRewind(run, Math.max(0, demo.step - 1))} onClick={() => void press('back')} />
          </>
        )}
        <span className={css.place}>
          {t('demo.at', { n: demo.step + 1, of: run.steps.length })}
          {on && ' · '}
          {on && (paused ? t('demo.paused') : t(`demo.${demo.doing}`))}
        </span>
        <span className={css.right}>
          {'speechSynthesis' in window && <IconButton icon={SpeakIcon} label={t('demo.voice')} pressed={voice} onClick={() => setVoice(!voice)} />}
          <IconButton icon={FullscreenIcon} label={t('demo.fullscreen')} pressed={full.on} onClick={full.toggle} />
          {on && looksOn === undefined && (
            <span className={css.pace}>
              <Select
                hideLabel
                label={t('demo.pace')}
                value={String(demo.pace)}
                onChange={(next) => void pace.run(Number(next))}
                options={paces.map((each) => ({ value: each, label: t('demo.times', { n: each }) }))}
              />
            </span>
          )}
          {on ? (
            <Button size="small" tone="primary" why={looksOn} onClick={() => setAsking(true)}>{t('demo.takeOver')}</Button>
          ) : (
            <>
              {demo.state === 'stopped' && <Button size="small" tone="primary" busy={again.busy} why={looksOn} onClick={() => void again.run(undefined)}>{t('demo.again')}</Button>}
              <Button size="small" why={looksOn} onClick={() => void press('take-over')}>{t('demo.close')}</Button>
            </>
          )}
        </span>
      </div>
      {asking && <TakeOverDialog lab={demo.lab} onClose={() => setAsking(false)} />}
    </section>
  );
} // prettier-ignore

/** What was found may be a part of a sentence. Pure. */
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** The browser's own voice reads what is said; nothing leaves this computer for it that the browser does not send itself. */
function useVoice(text: string, pace: number): void {
  useEffect(() => {
    if (text === '' || !('speechSynthesis' in window)) return undefined;
    const words = new SpeechSynthesisUtterance(text);
    words.lang = 'en';
    words.rate = Math.min(2, Math.max(0.5, pace));
    speechSynthesis.speak(words);
    return () => speechSynthesis.cancel();
  }, [text, pace]);
}
