import { useState } from 'react';
import type { ReactNode } from 'react';
import type { LabRun } from '../../../../main/contract/labs/run.ts';
import { useTask } from '../../../lib/tasks.ts';
import { useAction } from '../../../lib/use-call.ts';
import { useMay } from '../../../lib/use-may.ts';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { RestartIcon } from '../../../ui/icons.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Progress } from '../../../ui/progress.tsx';
import { StatusBadge } from '../../../ui/status.tsx';
import { TaskCard } from '../../../ui/task-card.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { EndDialog } from '../run/end-dialog.tsx';
import { t } from '../text.ts';
import { runTone } from '../tones.ts';
import css from './lab.module.css';

type State = 'starting' | 'ending' | 'failed';

/** A lab that is being made or taken away, or whose start did not end well. */
export function Making({ run }: { run: LabRun & { state: string } }): ReactNode {
  const state = run.state as State;
  const task = useTask(run.taskId);
  const [ending, setEnding] = useState(false);
  const start = useAction((api, lab: string) => api.labs.start({ lab }));
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const may = useMay();
  const problem = start.problem ?? run.problem;
  return (
    <Page>
      <PageHeader
        title={run.title}
        subtitle={t(`making.${state}`)}
        back={{ to: '/labs', label: t('title') }}
        badge={<StatusBadge tone={runTone[state]}>{t(`run.${state}`)}</StatusBadge>}
      />
      {problem && state === 'failed' && (
        <ProblemView
          problem={problem}
          actions={
            <>
              <Button
                icon={RestartIcon}
                busy={start.busy}
                why={may('labs.start', { lab: run.lab })}
                onClick={() => void start.run(run.lab)}
              >
                {t('making.again')}
              </Button>
              <Button why={may('labs.end', { lab: run.lab })} onClick={() => setEnding(true)}>
                {t('making.clean')}
              </Button>
            </>
          }
        />
      )}
      {state !== 'failed' && (
        <Card>
          {task ? (
            <TaskCard
              task={task}
              onCancel={
                cancel.busy || state === 'ending' || may('tasks.cancel', { task: task.id }) !== undefined
                  ? undefined
                  : () => void cancel.run(task.id)
              }
            />
          ) : (
            <Progress label={t(`making.${state}`)} />
          )}
        </Card>
      )}
      {state === 'starting' && <p className={css.muted}>{t('making.leave')}</p>}
      {ending && <EndDialog run={run} onClose={() => setEnding(false)} />}
    </Page>
  );
}
