import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { cx } from '../../lib/cx.ts';
import { settings, useLive } from '../../lib/resources.ts';
import { forget, useStored } from '../../lib/storage.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { HelpLink } from '../../ui/help-link.tsx';
import { CheckIcon, FlameIcon } from '../../ui/icons.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { LanguageSelect } from '../settings/language-select.tsx';
import { ConsoleStep } from './console-step.tsx';
import { isWay } from '../install/draft.ts';
import { atPlaces, newDraft, steps } from './draft.ts';
import type { Draft } from './draft.ts';
import { HostStep } from './host-step.tsx';
import { ImageStep } from './image-step.tsx';
import { MachineStep } from './machine-step.tsx';
import { PlaceStep } from './place-step.tsx';
import { RestoreStep } from './restore-step.tsx';
import css from './setup.module.css';
import { t } from './text.ts';

const views = { host: HostStep, place: PlaceStep, image: ImageStep, machine: MachineStep, console: ConsoleStep };

/** First run: from "what can this computer do" to a login prompt. Each step owns its own way on; this is the frame. */
export function SetupPage({ at: part, way }: { at?: string | undefined; way?: string | undefined }) {
  const [fresh] = useState(newDraft);
  const [draft, setDraft] = useStored<Draft>('setup', fresh, 'session');
  const [, go] = useLocation();
  const main = useRef<HTMLElement>(null);
  const done = useAction((api, _to: string) => api.settings.update({ setupDone: true }), {
    onProblem: toastProblem,
    onDone: (_value, to) => setLeaving(to),
  });
  // Not before the settings that are shown say so: else the first page would lead back here.
  const setupDone = useLive(settings).value?.setupDone === true;
  const [leaving, setLeaving] = useState<string>();
  useEffect(() => {
    if (leaving === undefined || !setupDone) return;
    forget('setup', 'session');
    go(leaving);
  }, [leaving, setupDone, go]);
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  // An address that leads straight to the places counts once; what it led to is kept as any draft.
  useEffect(() => {
    if (part !== 'place') return;
    setDraft((before) => atPlaces(before, isWay(way) ? way : undefined));
    go('/setup', { replace: true });
  }, [part, way, setDraft, go]);
  const at = steps.indexOf(draft.step);
  const View = draft.restore ? RestoreStep : views[draft.step];
  useEffect(() => {
    document.title = `${t(`step.${draft.step}`)} · Hearth`;
    if (main.current) main.current.scrollTop = 0;
  }, [draft.step]);

  return (
    <div className={css.setup}>
      <header className={css.top}>
        <p className={css.brand}>
          <FlameIcon size={20} />
          {t('title')}
        </p>
        <ol className={css.steps} aria-label={t('progress')}>
          {steps.map((step, index) => (
            <li
              key={step}
              className={cx(css.mark, index < at && css.past, index === at && css.now)}
              aria-current={index === at ? 'step' : undefined}
            >
              <span className={css.number}>{index < at ? <CheckIcon /> : index + 1}</span>
              <span className={css.stepName}>{t(`step.${step}`)}</span>
            </li>
          ))}
        </ol>
        {at === 0 && <LanguageSelect hideLabel />}
        <HelpLink />
        <Button tone="quiet" size="small" busy={done.busy || leaving !== undefined} onClick={() => void done.run('/')}>
          {t('skip')}
        </Button>
      </header>
      <main ref={main} className={css.main}>
        <View
          key={draft.restore ? 'restore' : draft.step}
          draft={draft}
          change={change}
          finish={(to) => void done.run(to)}
        />
      </main>
    </div>
  );
}
