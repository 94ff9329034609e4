import { useState } from 'react';
import type { BoxImageRow } from '../../../../main/contract/box/sticks.ts';
import { bytes, dateTime } from '../../../lib/format.ts';
import { desktop } from '../../../lib/desktop.ts';
import { useTask } from '../../../lib/tasks.ts';
import { useAction } from '../../../lib/use-call.ts';
import type { CallState } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { PlusIcon } from '../../../ui/icons.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { RadioCards } from '../../../ui/radio-cards.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { TaskCard } from '../../../ui/task-card.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import css from '../boxes.module.css';
import { isPath } from './draft.ts';
import { Step } from './step.tsx';
import { t } from './text.ts';

interface Props {
  images: CallState<{ images: BoxImageRow[]; canBuild: boolean; whyNot?: string }>;
  chosen: string | undefined;
  onChoose: (path: string) => void;
}

/** Which system the box gets: found here, a file a person has, or built here. */
export function ImageStep({ images, chosen, onChoose }: Props) {
  const rows = images.value?.images ?? [];
  const build = useAction((api, _go: true) => api.boxes.build({}), { onProblem: toastProblem });
  const task = useTask(build.value?.taskId);
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  // What was built is in the list only when it is asked for again.
  const [seen, setSeen] = useState<string>();
  if (task?.state === 'done' && seen !== task.id) {
    setSeen(task.id);
    images.again();
  }
  return (
    <Step n={1} title={t('image')}>
      {images.loading && <Skeleton count={2} />}
      {images.problem && <ProblemView problem={images.problem} compact />}
      {images.value && rows.length === 0 && <p className={css.text}>{t('image.none')}</p>}
      {rows.length > 0 && (
        <RadioCards
          label={t('image')}
          hideLabel
          columns={1}
          value={chosen}
          onChange={onChoose}
          options={rows.map((row) => imageOption(row))}
        />
      )}
      {task && task.state !== 'done' && <TaskCard task={task} onCancel={() => void cancel.run(task.id)} />}
      <AddImage
        open={images.value !== undefined && rows.length === 0}
        onAdded={(path) => {
          images.again();
          onChoose(path);
        }}
      />
      <div>
        <Button
          size="small"
          busy={build.busy || task?.state === 'running'}
          why={images.value && !images.value.canBuild ? (images.value.whyNot ?? t('image.noBuild')) : undefined}
          onClick={() => void build.run(true)}
        >
          {t('image.build')}
        </Button>{' '}
        <span className={css.muted}>{t('image.buildText')}</span>
      </div>
    </Step>
  );
}

const imageOption = ({ path, facts, problem }: BoxImageRow) => {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  if (!facts) return { value: path, title: name, why: problem ? `${problem.title}. ${problem.detail}` : t('image.unknown') };
  return {
    value: path,
    title: t('image.version', { version: facts.version }),
    badge: t(`payload.${facts.payload}`),
    detail: (
      <>
        {t(`payload.${facts.payload}Text`)}
        <br />
        {t('image.facts', { base: facts.base, size: bytes(facts.size), built: dateTime(facts.builtAt), signedBy: facts.signedBy })}
        <br />
        <span className={css.mono}>{name}</span>
      </>
    ),
  };
}; // prettier-ignore

function AddImage({ open, onAdded }: { open: boolean; onAdded: (path: string) => void }) {
  const [path, setPath] = useState('');
  const add = useAction((api, from: string) => api.boxes.addImage({ path: from }), {
    onDone: (row) => {
      if (row.problem) return;
      setPath('');
      onAdded(row.path);
    },
  });
  const pick = desktop?.pickFile;
  const submit = (from: string): void => {
    if (isPath(from)) void add.run(from.trim());
  };
  return (
    <details className={css.more} open={open || undefined}>
      <summary>{t('image.file')}</summary>
      <div className={css.stack}>
        <div className={css.field}>
          <TextField
            label={t('image.path')}
            hint={t('image.pathHint')}
            value={path}
            onChange={setPath}
            placeholder="/home/ada/hearth-box-0.2.0.img"
            mono
          />
          <Button icon={PlusIcon} busy={add.busy} why={isPath(path) ? undefined : t('image.pathFirst')} onClick={() => submit(path)}>
            {t('image.add')}
          </Button>
        </div>
        {pick && (
          <div>
            <Button size="small" onClick={() => void pick({ title: t('image.file'), extensions: ['img'] }).then((found) => found !== undefined && submit(found))}>
              {t('browse')}
            </Button>
          </div>
        )}
        {add.problem && <ProblemView problem={add.problem} compact />}
        {add.value?.problem && <ProblemView problem={add.value.problem} compact />}
      </div>
    </details>
  );
} // prettier-ignore
