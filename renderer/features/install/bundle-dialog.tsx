import { useState } from 'react';
import type { ApplianceSettings } from '../../../main/contract/appliance.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toastProblem } from '../../ui/toast.tsx';
import { BundleCheck } from './bundle-check.tsx';
import { isBundlePath } from './bundle.ts';
import css from './install.module.css';
import { t } from './text.ts';

/** Opens the dialog that makes an offline bundle for these settings. */
export function BundleButton({ settings }: { settings: ApplianceSettings }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" tone="quiet" onClick={() => setOpen(true)}>
        {t('bundle.open')}
      </Button>
      {open && <BundleDialog settings={settings} onClose={() => setOpen(false)} />}
    </>
  );
}

/** One file with all that an install fetches, for a computer without the internet. */
function BundleDialog({ settings, onClose }: { settings: ApplianceSettings; onClose: () => void }) {
  const [path, setPath] = useState('');
  const [kind, setKind] = useState(false);
  const [tried, setTried] = useState(false);
  const [run, setRun] = useState<{ taskId: string; path: string }>();
  const task = useTask(run?.taskId);
  const make = useAction((api, to: string) => api.appliances.makeBundle({ path: to, settings, kind }), {
    onDone: ({ taskId }, to) => setRun({ taskId, path: to }),
  });
  const cancel = useAction((api, id: string) => api.tasks.cancel({ id }), { onProblem: toastProblem });
  const running = run !== undefined && (task === undefined || task.state === 'running');
  const done = task?.state === 'done' ? run : undefined;
  const submit = (): void => {
    setTried(true);
    if (isBundlePath(path)) void make.run(path.trim());
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('bundle.title')}
      description={t('bundle.text', settings.versions)}
      footer={
        <>
          <Button tone={running || done ? 'primary' : 'quiet'} onClick={onClose}>
            {t('bundle.close')}
          </Button>
          {!running && !done && (
            <Button tone="primary" busy={make.busy} onClick={submit}>
              {t('bundle.make')}
            </Button>
          )}
        </>
      }
    >
      <div className={css.stack}>
        {!running && !done && (
          <form
            noValidate
            className={css.stack}
            onSubmit={(event) => {
              event.preventDefault();
              event.stopPropagation(); // it may stand on a page that is a form itself
              submit();
            }}
          >
            <TextField
              label={t('bundle.path')}
              value={path}
              onChange={setPath}
              hint={t('bundle.pathHint')}
              error={tried && !isBundlePath(path) ? t('bundle.pathWrong') : make.problem?.fields?.['path']}
              placeholder="/media/stick/bundle.hearth"
              mono
            />
            <Checkbox label={t('bundle.kind')} hint={t('bundle.kindHint')} checked={kind} onChange={setKind} />
          </form>
        )}
        {make.problem && <ProblemView problem={make.problem} compact />}
        {task && !done && <TaskCard task={task} compact onCancel={() => void cancel.run(task.id)} />}
        {running && <p className={css.muted}>{t('bundle.leave')}</p>}
        {done && (
          <>
            <Banner tone="ok" title={t('bundle.done')}>
              {task?.detail ?? done.path}
            </Banner>
            <p className={css.text}>{t('bundle.next')}</p>
            <BundleCheck path={done.path} settings={settings} />
          </>
        )}
      </div>
    </Dialog>
  );
}
