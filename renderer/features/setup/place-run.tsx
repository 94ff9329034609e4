import { useState } from 'react';
import { appliances, targets, target as shownTarget, tasks, useList, useLive } from '../../lib/resources.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { duration } from '../../lib/format.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { accessNeed } from '../appliance/view.ts';
import { AccessDialog } from '../appliance/access-dialog.tsx';
import { useRun } from '../appliance/use-run.ts';
import { UninstallDialog } from '../appliance/uninstall-dialog.tsx';
import { RunView } from '../install/run-view.tsx';
import type { PlaceProps } from './place-props.ts';
import { StepFrame } from './step-frame.tsx';
import { outcome, targetOf } from './run-outcome.ts';
import { t } from './text.ts';

/** The run itself, live; then on with the first run on what it made, or what to do when it failed. */
export function PlaceRun({ draft, set, goOn, finish }: PlaceProps) {
  const run = draft.run ?? { taskId: '', name: '' };
  const task = useTask(run.taskId);
  const known = useList(tasks).state !== 'loading';
  const list = useList(appliances);
  const row = list.rows.get(run.name);
  const all = useList(targets).items;
  const shown = useLive(shownTarget).value?.id;
  const [undoing, setUndoing] = useState(false);
  const state = outcome(task, known && list.state !== 'loading', row, draft.way === 'kind', run.undo === true);
  const entry = targetOf(all, run.name, draft.way);
  // Reached from a page of the app: back there, to what was made.
  const page = `/appliance/${encodeURIComponent(run.name)}`;
  const home = draft.after !== undefined && draft.way !== 'kind';
  const onward = home ? () => finish(page) : goOn;
  const use = useAction((api, id: string) => api.targets.use({ id }), { onDone: onward });
  // The record of it is written once the machine was looked at.
  const place = row?.place ?? (draft.way === 'ssh' ? draft.ssh.host : draft.way === 'local' ? t('run.here') : run.name);
  const runner = useRun({ id: run.name });
  const again = (): void => {
    const need = accessNeed(task?.problem);
    const connect = draft.way === 'kind' || need === 'ssh' || need === 'host-key';
    set({
      part: connect ? 'connect' : draft.settings ? 'plan' : 'check',
      run: undefined,
      askSudo: need === 'sudo',
    });
  };
  const back = (): void => set({ part: 'choose', run: undefined, settings: undefined });
  const next = (): void => {
    if (state === 'undone' || state === 'unknown') back();
    else if (state === 'done' && entry && entry.id !== shown) void use.run(entry.id);
    else if (state === 'done') onward();
    else if (state === 'failed' || state === 'cancelled') again();
  };
  const took =
    task?.endedAt === undefined ? undefined : duration((Date.parse(task.endedAt) - Date.parse(task.startedAt)) / 1000);
  return (
    <StepFrame
      title={t(`run.${state}`, { place })}
      text={state === 'done' ? t('run.doneText', { time: took ?? '–', place }) : undefined}
      onBack={state === 'loading' || state === 'running' ? undefined : back}
      onSubmit={next}
      next={
        <>
          {(state === 'failed' || state === 'cancelled') && row && (
            <Button tone="danger" onClick={() => setUndoing(true)}>
              {t('run.undo')}
            </Button>
          )}
          {state === 'done' && draft.way !== 'kind' && draft.after === undefined && (
            <Button onClick={() => finish(page)}>{t('run.open')}</Button>
          )}
          {state === 'running' && (
            <Button onClick={() => finish('/')}>{t('run.background')}</Button>
          )}
          {state !== 'running' && state !== 'loading' && (
            <Button tone="primary" type="submit" busy={use.busy}>
              {t(state === 'done' && home ? 'run.open' : `run.${state}Next`)}
            </Button>
          )}
        </>
      }
    >
      {state === 'loading' && <Skeleton height="block" count={2} />}
      {task?.problem && state !== 'running' && <ProblemView problem={task.problem} />}
      {state === 'cancelled' && !task?.problem && <Banner tone="note" title={t('run.cancelledText')} />}
      {state === 'unknown' && <Banner tone="note" title={t('run.unknownText')} />}
      {use.problem && <ProblemView problem={use.problem} />}
      {task && <RunView task={task} log={draft.way !== 'kind'} />}
      {row && <AccessDialog row={row} runner={runner} />}
      {undoing && row && (
        <UninstallDialog
          row={row}
          runner={runner}
          half
          onClose={() => {
            setUndoing(false);
            runner.reset();
          }}
          onStarted={(taskId) => {
            setUndoing(false);
            set({ run: { taskId, name: run.name, undo: true } });
          }}
        />
      )}
    </StepFrame>
  );
} // prettier-ignore
