import { useState } from 'react';
import { settings, useLive } from '../../../lib/resources.ts';
import { useStored } from '../../../lib/storage.ts';
import { useTasks } from '../../../lib/tasks.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { CheckIcon } from '../../../ui/icons.tsx';
import { PageHeader } from '../../../ui/page-header.tsx';
import { Page } from '../../../ui/page.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { CheckDialog } from './check-dialog.tsx';
import type { Run } from './run.ts';
import { StickForm } from './stick-form.tsx';
import type { Wish } from './stick-form.tsx';
import { t } from './text.ts';
import { WriteRun } from './write-run.tsx';

/** A stick from its choice to the box that starts from it. The write goes on when the page is left. */
export function StickPage() {
  const known = useLive(settings).value;
  const tasks = useTasks();
  const [run, setRun] = useStored<Run | null>('stick.run', null);
  /** Of the run, so that it can be tried once more with a password. Holds secrets, so it does not survive the page. */
  const [wish, setWish] = useState<Wish>();
  const again = useAction((api, { input }: { input: Wish; run: Run }) => api.boxes.write(input), {
    onProblem: toastProblem,
    onDone: ({ taskId }, { run: before }) => setRun({ ...before, taskId }),
  });
  const [checking, setChecking] = useState(false);
  const task = run ? tasks.find((each) => each.id === run.taskId) : undefined;
  const shown = run && task && task.state !== 'cancelled' ? { run, task } : undefined;
  return (
    <Page>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        back={{ to: '/boxes', label: t('back') }}
        actions={
          <Button icon={CheckIcon} onClick={() => setChecking(true)}>
            {t('verify')}
          </Button>
        }
      />
      {shown && (
        <WriteRun
          {...shown}
          onAgain={() => setRun(null)}
          busy={again.busy}
          {...(wish && { onPassword: (sudo: string) => void again.run({ input: { ...wish, sudo }, run: shown.run }) })}
        />
      )}
      {!shown && !known && <Skeleton height="block" count={3} />}
      {!shown && known && (
        <StickForm
          sshKeys={known.sshKeys.map(({ key }) => key)}
          onStarted={(started, input) => {
            setWish(input);
            setRun(started);
          }}
        />
      )}
      {checking && <CheckDialog onClose={() => setChecking(false)} />}
    </Page>
  );
}
