import type { Task } from '../../../../main/contract/task.ts';
import { duration } from '../../../lib/format.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Announce } from '../../../ui/announce.tsx';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Progress } from '../../../ui/progress.tsx';
import { StepList } from '../../../ui/step-list.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import css from '../boxes.module.css';
import { AskPassword } from './ask-password.tsx';
import { NextSteps } from './next-steps.tsx';
import own from './stick.module.css';
import type { Run } from './run.ts';
import { passwordWanted } from './password.ts';
import { t } from './text.ts';

interface Props {
  run: Run;
  task: Task;
  onAgain: () => void;
  busy: boolean;
  /** Tries once more with it; not there when the page was opened anew meanwhile. */
  onPassword?: (sudo: string) => void;
}

/** The write as it goes: how fast, and what holds it up; then what to do with the stick. */
export function WriteRun({ run, task, onAgain, busy, onPassword }: Props) {
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const current = task.steps.find((step) => step.state === 'running')?.title ?? task.title;
  if (task.state === 'done')
    return (
      <>
        <Announce text={t('done')} />
        <Banner
          tone="ok"
          title={t(run.place.type === 'file' ? 'done.file' : 'done')}
          actions={
            <Button size="small" onClick={onAgain}>
              {t('another')}
            </Button>
          }
        >
          {run.place.type === 'file' ? t('done.fileText', { path: run.place.path }) : t('done.text')}
        </Banner>
        <NextSteps run={run} />
      </>
    );
  if (task.state === 'failed' && onPassword && passwordWanted(task.problem))
    return <AskPassword problem={task.problem} busy={busy} onPassword={onPassword} onBack={onAgain} />;
  if (task.state === 'failed')
    return (
      <div className={css.stack}>
        {task.problem && <ProblemView problem={task.problem} />}
        <Card title={t('run.how')}>
          <div className={css.stack}>
            <StepList steps={task.steps} />
            <p className={css.text}>{t('run.failedText')}</p>
            <div>
              <Button tone="primary" onClick={onAgain}>
                {t('run.back')}
              </Button>
            </div>
          </div>
        </Card>
      </div>
    );
  return (
    <Card
      title={task.title}
      actions={
        task.cancellable && (
          <Button size="small" busy={cancel.busy} onClick={() => void cancel.run(task.id)}>
            {t('run.cancel')}
          </Button>
        )
      }
    >
      <Announce text={current} />
      <div className={css.stack}>
        <div className={css.stack}>
          <p className={css.name}>{current}</p>
          <Progress value={task.progress} label={task.title} />
          <p className={`${css.text} ${own.speed}`}>
            {[task.detail, task.secondsLeft !== undefined && t('run.left', { time: duration(task.secondsLeft) })]
              .filter(Boolean)
              .join(' · ') || ' '}
          </p>
        </div>
        <StepList steps={task.steps} />
        <p className={css.muted}>{t('run.text')}</p>
      </div>
    </Card>
  );
}
