import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { duration } from '../../../lib/format.ts';
import { focusAfterNavigation } from '../../../lib/page-focus.ts';
import { labs, useList } from '../../../lib/resources.ts';
import { useAction } from '../../../lib/use-call.ts';
import { useClock } from '../../../lib/use-clock.ts';
import { Button } from '../../../ui/button.tsx';
import {
  CheckIcon,
  ChevronLeftIcon,
  ClockIcon,
  FlagIcon,
  PlayIcon,
  RestartIcon,
  RewindIcon,
} from '../../../ui/icons.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { HelpLink } from '../../../ui/help-link.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { StatusBadge } from '../../../ui/status.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { Tooltip } from '../../../ui/tooltip.tsx';
import { RecordButton } from '../../recordings/record-button.tsx';
import { runTone } from '../tones.ts';
import { useRunner } from './context.ts';
import css from './runner.module.css';
import { t } from './text.ts';
import { clock, openStep, secondsAt, whyNoRewind } from './view.ts';
import { useOwn } from './use-own.ts';

/** The lab's name, how it stands, and its end. */
export function RunHeader(): ReactNode {
  const { run, end, rewindTo } = useRunner();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => focusAfterNavigation(heading.current), []);
  useEffect(() => {
    document.title = `${run.title} · Hearth`;
  }, [run.title]);
  const author = useList(labs).rows.get(run.lab)?.origin === 'development';
  const solve = useAction((api, step: string) => api.labs.solve({ lab: run.lab, step }), { onProblem: toastProblem });
  const play = useAction((api, loop: boolean) => api.labs.playDemo({ lab: run.lab, loop }), { onProblem: toastProblem });
  const step = openStep(run);
  const own = useOwn(run.lab);
  const whyNoDemo = run.state === 'running' || run.state === 'finished' ? undefined : t('record.why');
  const back = run.steps
    .map((each, index) => ({ each, index }))
    .filter(({ index }) => index <= run.step)
    .toReversed();
  return (
    <header className={css.header}>
      <IconButton icon={ChevronLeftIcon} label={t('back')} to="/labs" />
      <h1 ref={heading} className={css.title} tabIndex={-1} title={run.title}>
        {run.title}
      </h1>
      {run.state !== 'running' && <StatusBadge tone={runTone[run.state]}>{t(`state.${run.state}`)}</StatusBadge>}
      <Tooltip text={t('score.hint')}>
        <span className={css.score}>
          <FlagIcon />
          {t('score', { reached: run.score.reached, of: run.score.of })}
        </span>
      </Tooltip>
      <Timer />
      <HelpLink />
      <Menu
        label={t('menu')}
        items={[
          ...back.map(({ each, index }) => ({
            label: t('rewind.item', { n: index + 1, title: each.title }),
            icon: RewindIcon,
            why: own('labs.rewind') ?? whyNoRewind(run, index),
            onSelect: () => rewindTo(index),
          })),
          'separator',
          { label: t('demo.play'), icon: PlayIcon, why: own('labs.playDemo') ?? whyNoDemo, onSelect: () => void play.run(false) },
          { label: t('demo.loop'), icon: RestartIcon, why: own('labs.playDemo') ?? whyNoDemo, onSelect: () => void play.run(true) },
          ...(author && step && run.state === 'running'
            ? ([
                'separator',
                { label: t('solve'), icon: CheckIcon, why: own('labs.solve') ?? (solve.busy ? t('solve.busy') : undefined), onSelect: () => void solve.run(step.id) },
              ] as const)
            : []),
        ]}
      />
      <RecordButton words machines={run.machines} lab={run.lab} why={run.state === 'running' || run.state === 'finished' ? undefined : t('record.why')} />
      <Button size="small" why={own('labs.end')} onClick={end}>
        {t('end')}
      </Button>
    </header>
  );
} // prettier-ignore

/** The learner's time; it stands still while the lab does. */
function Timer(): ReactNode {
  const { run, stale } = useRunner();
  const on = run.state === 'running' && !stale;
  const now = useClock(on);
  const [seen, setSeen] = useState({ run, at: now });
  if (seen.run !== run) setSeen({ run, at: now });
  const seconds = on ? secondsAt(run, seen.at, now) : run.seconds;
  return (
    <Tooltip text={t('timer')}>
      <span className={css.timer} role="timer" aria-label={`${t('timer')}: ${duration(Math.floor(seconds / 60) * 60)}`}>
        <ClockIcon />
        {clock(seconds)}
      </span>
    </Tooltip>
  );
}
