import { useState } from 'react';
import { bytes, dateTime } from '../../../../lib/format.ts';
import { useTask, useTaskOf } from '../../../../lib/tasks.ts';
import { desktop } from '../../../../lib/desktop.ts';
import { useAction, useCall } from '../../../../lib/use-call.ts';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { Checkbox } from '../../../../ui/checkbox.tsx';
import { KeyValue } from '../../../../ui/key-value.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { Select } from '../../../../ui/select.tsx';
import { TaskCard } from '../../../../ui/task-card.tsx';
import { TextField } from '../../../../ui/text-field.tsx';
import { toastProblem } from '../../../../ui/toast.tsx';
import css from '../../boxes.module.css';
import { useBox } from '../door.ts';
import { t } from '../text.ts';

const other = ' other';

/** Sends an image file to the box, which writes it beside the running version and tries it. */
export function SendUpdate() {
  const { state, away, row } = useBox();
  const id = row?.id ?? '';
  const [picked, setPicked] = useState<string>();
  const [path, setPath] = useState('');
  const [anyway, setAnyway] = useState(false);
  const images = useCall(['box-images'], (api, signal) => api.boxes.images({}, { signal }));
  const usable = (images.value?.images ?? []).filter((each) => each.facts);
  const choice = picked ?? usable[0]?.path ?? other;
  const image = choice === other ? path.trim() : choice;
  const isPath = /^(\/|[A-Za-z]:[\\/])./.test(image);
  const look = useCall(
    ['box-image', image],
    (api, signal) => api.boxes.imageFacts({ path: image }, { signal }),
    { enabled: isPath },
  );
  const send = useAction((api, input: { image: string; anyway: boolean }) => api.boxes.update({ id, ...input }));
  const cancel = useAction((api, task: string) => api.tasks.cancel({ id: task }), { onProblem: toastProblem });
  const started = useTask(send.value?.taskId);
  const before = useTaskOf({ kind: 'Box', name: id });
  const task = started ?? (before?.type === 'box-update' && before.state === 'running' ? before : undefined);
  const facts = look.value;
  const pick = desktop?.pickFile;
  const same = facts?.version === state.image.version;
  const why = (): string | undefined => {
    if (away !== undefined) return away;
    if (state.update?.trial) return t('update.onTrial');
    if (task?.state === 'running') return t('update.runsNow');
    return isPath && facts ? undefined : t('update.choose');
  };
  return (
    <Card title={t('update.send')}>
      <div className={css.stack}>
        <p className={css.text}>{t('update.text')}</p>
        {usable.length > 0 && (
          <Select
            label={t('update.image')}
            value={choice}
            onChange={setPicked}
            options={[
              ...usable.map((each) => ({ value: each.path, label: t('update.option', { version: each.facts?.version ?? '' }), detail: each.path })),
              { value: other, label: t('update.file') },
            ]}
          />
        )}
        {choice === other && (
          <div className={css.field}>
            <TextField label={t('update.path')} hint={t('update.pathHint')} value={path} onChange={setPath} mono />
            {pick && (
              <Button onClick={() => void pick({ title: t('update.file'), extensions: ['img'] }).then((found) => found !== undefined && setPath(found))}>
                {t('browse')}
              </Button>
            )}
          </div>
        )}
        {look.problem && <ProblemView problem={look.problem} compact />}
        {facts && (
          <KeyValue
            items={[
              { label: t('about.version'), value: facts.version },
              { label: t('image.base'), value: facts.base },
              { label: t('image.built'), value: dateTime(facts.builtAt) },
              { label: t('image.size'), value: bytes(facts.size) },
              { label: t('image.signed'), value: facts.signedBy },
            ]}
          />
        )}
        {same && <p className={css.muted}>{t('update.same')}</p>}
        <Checkbox label={t('power.anyway')} hint={t('power.anywayHint')} checked={anyway} onChange={setAnyway} />
        {send.problem && <ProblemView problem={send.problem} compact />}
        {task && <TaskCard task={task} onCancel={() => void cancel.run(task.id)} />}
        <div>
          <Button tone="primary" busy={send.busy} why={why()} onClick={() => void send.run({ image, anyway })}>
            {t('update.go')}
          </Button>
        </div>
      </div>
    </Card>
  );
} // prettier-ignore
