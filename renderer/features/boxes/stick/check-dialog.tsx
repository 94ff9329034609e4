import { useState } from 'react';
import type { StickPlace } from '../../../../main/contract/box/sticks.ts';
import { useLive } from '../../../lib/resources.ts';
import { useTask } from '../../../lib/tasks.ts';
import { useAction, useCall } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { RadioCards } from '../../../ui/radio-cards.tsx';
import { TaskCard } from '../../../ui/task-card.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import css from '../boxes.module.css';
import { stickDrives } from '../resources.ts';
import { isPath } from './draft.ts';
import { DriveList } from './drive-list.tsx';
import { passwordWanted } from './password.ts';
import { LookView } from './look-view.tsx';
import { t } from './text.ts';

/** Reads a written stick again, whole, and says what is on it. */
export function CheckDialog({ onClose }: { onClose: () => void }) {
  const live = useLive(stickDrives);
  const [target, setTarget] = useState<'drive' | 'file'>('drive');
  const [key, setKey] = useState<string>();
  const [path, setPath] = useState('');
  const [sudo, setSudo] = useState('');
  const drive = live.value?.drives.find((each) => each.key === key && !each.refused);
  const verify = useAction((api, place: StickPlace) => api.boxes.verify({ place, ...(sudo !== '' && { sudo }) }));
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const task = useTask(verify.value?.taskId);
  const ended = task !== undefined && task.state !== 'running';
  const look = useCall(
    ['stick-look', task?.id],
    (api, signal) => api.boxes.look({ taskId: task?.id ?? '' }, { signal }),
    {
      enabled: ended,
    },
  );
  const place: StickPlace | undefined =
    target === 'file'
      ? isPath(path)
        ? { type: 'file', path: path.trim(), overwrite: false }
        : undefined
      : drive && { type: 'drive', path: drive.path, key: drive.key };
  const needsSudo = passwordWanted(task?.problem);
  const running = task?.state === 'running';
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('verify')}
      description={t('verify.text')}
      footer={
        <>
          <Button tone="quiet" onClick={onClose}>
            {t('close')}
          </Button>
          <Button
            tone={ended ? 'plain' : 'primary'}
            busy={verify.busy || running}
            why={place ? undefined : t(target === 'drive' ? 'why.drive' : 'why.file')}
            onClick={() => place && void verify.run(place)}
          >
            {t(ended ? 'verify.again' : 'verify.go')}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        {!running && !ended && (
          <>
            <RadioCards
              label={t('target')}
              hideLabel
              columns={2}
              value={target}
              onChange={setTarget}
              options={[
                { value: 'drive', title: t('target.drive') },
                { value: 'file', title: t('target.file') },
              ]}
            />
            {target === 'drive' ? (
              <DriveList live={live} chosen={drive?.key} onChoose={setKey} />
            ) : (
              <TextField label={t('file.path')} value={path} onChange={setPath} placeholder="/home/ada/stick.img" mono />
            )}
          </>
        )}
        {needsSudo && <TextField label={t('sudo')} type="password" value={sudo} onChange={setSudo} hint={t('sudo.hint')} />}
        {verify.problem && <ProblemView problem={verify.problem} compact />}
        {task && !look.value && <TaskCard task={task} compact onCancel={() => void cancel.run(task.id)} />}
        {look.problem && <ProblemView problem={look.problem} compact />}
        {look.value && <LookView look={look.value} />}
      </div>
    </Dialog>
  );
} // prettier-ignore
