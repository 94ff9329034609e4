import { useState } from 'react';
import type { ReactNode } from 'react';
import type { LabRow } from '../../../../main/contract/labs/run.ts';
import { desktop } from '../../../lib/desktop.ts';
import { useTask } from '../../../lib/tasks.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { Checkbox } from '../../../ui/checkbox.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { TaskCard } from '../../../ui/task-card.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { isPath } from '../paths.ts';
import { t } from '../text.ts';
import css from './lab.module.css';

/** One file to give away: the lab, and its images where wanted. */
export function ExportDialog({ row, onClose }: { row: LabRow; onClose: () => void }): ReactNode {
  const [path, setPath] = useState('');
  const [images, setImages] = useState(false);
  const save = useAction((api, input: { path: string; images: boolean }) =>
    api.labs.export({ lab: row.name, ...input }),
  );
  const task = useTask(save.value?.taskId);
  const pick = desktop?.saveFile;
  const name = `${row.name}.hearthlab`;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('export.title', { title: row.title })}
      description={t('export.text')}
      footer={
        save.value ? (
          <Button tone="primary" onClick={onClose}>
            {t('close')}
          </Button>
        ) : (
          <Button
            tone="primary"
            busy={save.busy}
            why={isPath(path) ? undefined : t('path.wanted')}
            onClick={() => void save.run({ path: path.trim(), images })}
          >
            {t('export.go')}
          </Button>
        )
      }
    >
      <div className={css.stack}>
        {!save.value && (
          <>
            <div className={css.pick}>
              <TextField
                label={t('export.path')}
                hint={t('export.pathHint', { name })}
                mono
                value={path}
                onChange={setPath}
              />
              {pick && (
                <Button onClick={() => void pick({ title: t('export.go'), name }).then((to) => to && setPath(to))}>
                  {t('choose')}
                </Button>
              )}
            </div>
            <Checkbox label={t('export.images')} hint={t('export.imagesHint')} checked={images} onChange={setImages} />
          </>
        )}
        {task && <TaskCard task={task} />}
        {save.problem && <ProblemView problem={save.problem} compact />}
      </div>
    </Dialog>
  );
}
