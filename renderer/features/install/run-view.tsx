import { useState } from 'react';
import type { Task } from '../../../main/contract/task.ts';
import { duration } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { useClock } from '../../lib/use-clock.ts';
import { Announce } from '../../ui/announce.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Progress } from '../../ui/progress.tsx';
import { FoldedSteps } from '../../ui/folded-steps.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import css from './install.module.css';
import { RunLog } from './run-log.tsx';
import { t } from './text.ts';

/** What is said when it changes: the step, or how it ended. */
export function spoken(task: Task): string {
  if (task.state !== 'running') return t(`run.${task.state}`, { title: task.title });
  const at = task.steps.findIndex((step) => step.state === 'running');
  const step = task.steps[at];
  return step ? t('run.step', { n: at + 1, title: step.title }) : task.title;
}

/** Steps of a third of a second must not drown everything else that is read aloud. */
const speechPace = 5_000;

/** A run as it goes: steps with their times, what moves now, the log; and what happens when one leaves. */
export function RunView({ task, title, log = true }: { task: Task; title?: string; log?: boolean }) {
  const running = task.state === 'running';
  const now = useClock(running);
  const [asking, setAsking] = useState(false);
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), {
    onProblem: toastProblem,
    onDone: () => setAsking(false),
  });
  const current = task.steps.find((step) => step.state === 'running');
  const elapsed = (running || task.endedAt === undefined ? now : Date.parse(task.endedAt)) - Date.parse(task.startedAt);
  return (
    <>
      <Announce text={spoken(task)} pace={running ? speechPace : 0} />
      <Card
        title={title ?? t('run.steps')}
        actions={
          running &&
          task.cancellable && (
            <Button size="small" onClick={() => setAsking(true)}>
              {t('run.cancel')}
            </Button>
          )
        }
      >
        <div className={css.stack}>
          {running && (
            <div className={css.now}>
              <div className={css.nowLine}>
                <span className={css.nowTitle}>{current?.title ?? task.title}</span>
                <span className={css.muted}>
                  {[
                    task.detail,
                    task.secondsLeft !== undefined && t('run.left', { time: duration(task.secondsLeft) }),
                    t('run.elapsed', { time: duration(elapsed / 1000) }),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </div>
              <Progress value={task.progress} label={task.title} />
            </div>
          )}
          <FoldedSteps steps={task.steps} now={now} />
          {running && <p className={css.muted}>{t('run.leave')}</p>}
        </div>
      </Card>
      {log && <RunLog taskId={task.id} live={running} />}
      <ConfirmDialog
        open={asking && running}
        onClose={() => setAsking(false)}
        onConfirm={() => void cancel.run(task.id)}
        title={t('run.cancelTitle')}
        confirmLabel={t('run.cancel')}
        busy={cancel.busy}
      >
        <p>{t('run.cancelText')}</p>
      </ConfirmDialog>
    </>
  );
}
