import { useState } from 'react';
import type { ReactNode } from 'react';
import type { AddPlace, BackupPoint } from '../../../main/contract/backups.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { backups, useLive } from '../../lib/resources.ts';
import { useTasks } from '../../lib/tasks.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { ChoosePoints, latestOf, useChosen } from '../backups/choose-points.tsx';
import { whereIs } from '../backups/place-card.tsx';
import { placeInput, PlaceForm, usePlaceFields } from '../backups/place-form.tsx';
import { t as b } from '../backups/text.ts';
import type { RestoreDraft } from './draft.ts';
import { StepFrame } from './step-frame.tsx';
import type { StepProps } from './step-props.ts';
import css from './setup.module.css';
import { t } from './text.ts';

/** Another computer's machines come back here: the place and its password, what lies there, and the way back. */
export function RestoreStep({ draft, change, finish }: StepProps): ReactNode {
  const now = draft.restore ?? {};
  const set = (restore: RestoreDraft | undefined): void => change({ restore });
  if (now.taskIds) return <Progress taskIds={now.taskIds} finish={finish} />;
  if (now.placeId !== undefined) return <Choose placeId={now.placeId} set={set} />;
  return <Place set={set} />;
}
type Set = { set: (restore: RestoreDraft | undefined) => void };

function Place({ set }: Set): ReactNode {
  const known = useLive(backups).value?.places ?? [];
  const [fields, change] = usePlaceFields(b('found.name'));
  const [picked, setPicked] = useState<string>();
  const wanted = placeInput(fields, false);
  const open = useAction((api, input: AddPlace) => api.backups.addPlace(input), { onDone: ({ placeId }) => set({ placeId }) }); // prettier-ignore
  const use = picked ?? known[0]?.id;
  const lack = use === undefined || use === 'other' ? ('lack' in wanted ? wanted.lack : undefined) : undefined;
  const submit = (): void => {
    if (use !== undefined && use !== 'other') set({ placeId: use });
    else if ('input' in wanted && !open.busy) void open.run(wanted.input);
  };
  return (
    <StepFrame
      title={t('restore.title')}
      text={t('restore.text')}
      onBack={() => set(undefined)}
      onSubmit={submit}
      next={
        <Button tone="primary" type="submit" busy={open.busy} why={lack}>
          {t('restore.look')}
        </Button>
      }
    >
      {known.length > 0 && (
        <RadioCards
          label={t('restore.place')}
          value={use ?? 'other'}
          onChange={setPicked}
          options={[
            ...known.map(({ id, name, place }) => ({ value: id, title: name, detail: whereIs(place) })),
            { value: 'other', title: t('restore.other'), detail: t('restore.otherDetail') },
          ]}
        />
      )}
      {(use === undefined || use === 'other') && (
        <Card>
          <PlaceForm fields={fields} change={change} create={false} onEnter={submit} />
        </Card>
      )}
      {open.problem && <ProblemView problem={open.problem} />}
    </StepFrame>
  );
}

/** Begins one after another; what could not even begin is told, what began goes on. */
async function begin(api: Api, placeId: string, points: readonly BackupPoint[], start: boolean): Promise<string[]> {
  const taskIds: string[] = [];
  for (const { id, kind, namespace, name } of points)
    if (kind === 'settings') await api.backups.restoreSettings({ placeId, point: id });
    else
      taskIds.push(
        (await api.backups.restore({ placeId, point: id, namespace, name, start: start ? 'if-it-ran' : false })).taskId,
      );
  return taskIds;
}

function Choose({ placeId, set }: Set & { placeId: string }): ReactNode {
  const list = useCall(['backups.points', placeId], (api) => api.backups.getPoints({ placeId }), { staleMs: 0 });
  const chosen = useChosen();
  const [start, setStart] = useState(true);
  const points = latestOf(list.value ?? []);
  const picked = points.filter(({ id }) => chosen.has(id));
  const restore = useAction((api, wanted: readonly BackupPoint[]) => begin(api, placeId, wanted, start), {
    onDone: (taskIds) => set({ placeId, taskIds }),
  });
  const lack = list.value && picked.length === 0 ? t('restore.nothing') : undefined;
  return (
    <StepFrame
      title={t('restore.choose')}
      text={t('restore.chooseText')}
      onBack={() => set({})}
      onSubmit={() => picked.length > 0 && void restore.run(picked)}
      next={
        <Button tone="primary" type="submit" busy={restore.busy} why={lack ?? (list.loading ? t('restore.loading') : undefined)}>
          {t('restore.go')}
        </Button>
      }
    >
      {list.loading && <Skeleton count={4} />}
      {list.problem && <ProblemView problem={list.problem} actions={<Button onClick={list.again}>{b('points.again')}</Button>} />}
      {list.value && (
        <Card title={t('restore.found')}>
          {points.length === 0 ? (
            <p className={css.waiting}>{b('points.none')}</p>
          ) : (
            <div className={css.restore}>
              <ChoosePoints points={points} chosen={chosen} />
              <Checkbox label={t('restore.start')} checked={start} onChange={setStart} />
            </div>
          )}
        </Card>
      )}
      {restore.problem && <ProblemView problem={restore.problem} />}
    </StepFrame>
  );
} // prettier-ignore

function Progress({ taskIds, finish }: { taskIds: readonly string[]; finish: StepProps['finish'] }): ReactNode {
  const tasks = useTasks().filter(({ id }) => taskIds.includes(id)).toReversed(); // prettier-ignore
  // Before they are known, they have not ended.
  const running = (tasks.length === 0 && taskIds.length > 0) || tasks.some(({ state }) => state === 'running');
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }));
  return (
    <StepFrame
      title={t(running ? 'restore.running' : 'restore.done')}
      text={t(running ? 'restore.runningText' : 'restore.doneText')}
      onSubmit={() => finish('/machines')}
      next={
        <Button tone="primary" type="submit">
          {t('restore.finish')}
        </Button>
      }
    >
      {tasks.map((task) => (
        <TaskCard key={task.id} task={task} onCancel={task.cancellable ? () => void cancel.run(task.id) : undefined} />
      ))}
      {cancel.problem && <ProblemView problem={cancel.problem} compact />}
    </StepFrame>
  );
}
