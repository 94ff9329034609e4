import { useState } from 'react';
import type { FoundBox } from '../../../main/contract/box/boxes.ts';
import { useList } from '../../lib/resources.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { SearchIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import css from './boxes.module.css';
import { FoundList } from './found-list.tsx';
import { PairDialog } from './pair-dialog.tsx';
import { foundBoxes } from './resources.ts';
import { t } from './text.ts';
import { asAddress } from './view.ts';

/** Boxes that answer in the network; one whose address is known; and a look at every address. */
export function FindCard() {
  const [address, setAddress] = useState('');
  const [tried, setTried] = useState(false);
  const [seen, setSeen] = useState<FoundBox>();
  const near = useList(foundBoxes);
  const scan = useAction((api, _go: true) => api.boxes.scan({}), { onProblem: toastProblem });
  const look = useAction((api, at: string) => api.boxes.lookAt({ address: at }), {
    onDone: (found) => found.hello && !found.known && setSeen(found),
  });
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const task = useTask(scan.value?.taskId);
  const scanning = task?.state === 'running';
  const wanted = asAddress(address);
  const submit = (): void => {
    setTried(true);
    if (wanted) void look.run(wanted);
  };
  return (
    <Card
      title={t('find')}
      flush
      actions={
        <Button size="small" icon={SearchIcon} busy={scan.busy || scanning} onClick={() => void scan.run(true)}>
          {t('scan')}
        </Button>
      }
    >
      <FoundList empty={t('find.none')} />
      {near.problem && (
        <div className={css.pad}>
          <ProblemView problem={near.problem} compact />
        </div>
      )}
      {task && (
        <div className={css.pad}>
          <TaskCard task={task} compact onCancel={() => void cancel.run(task.id)} />
        </div>
      )}
      <form
        noValidate
        className={css.foot}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={css.stack}>
          <div className={css.field}>
            <TextField
              label={t('address')}
              hint={t('address.hint')}
              placeholder="192.168.1.20"
              value={address}
              onChange={(next) => {
                setAddress(next);
                look.reset();
              }}
              error={tried && address !== '' && !wanted ? t('address.wrong') : undefined}
              mono
            />
            <Button type="submit" busy={look.busy} why={address.trim() === '' ? t('address.first') : undefined}>
              {t('look')}
            </Button>
          </div>
          {look.problem && <ProblemView problem={look.problem} compact />}
          {look.value?.problem && <ProblemView problem={look.value.problem} compact />}
          {look.value?.known && <p className={css.text}>{t('look.known')}</p>}
        </div>
      </form>
      {seen && <PairDialog box={seen} onClose={() => setSeen(undefined)} />}
    </Card>
  );
}
