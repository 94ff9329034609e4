import type { SupportFile } from '../../../main/contract/support.ts';
import { desktop } from '../../lib/desktop.ts';
import { bytes } from '../../lib/format.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TaskCard } from '../../ui/task-card.tsx';
import css from './support.module.css';
import { t } from './text.ts';

const columns: Column<SupportFile>[] = [
  { id: 'path', header: t('file'), width: 'minmax(12rem, 2fr)', cell: (row) => <code title={row.path}>{row.path}</code> },
  { id: 'what', header: t('what'), width: 'minmax(8rem, 1.5fr)', hideBelow: 'medium', cell: (row) => <span title={row.what}>{row.what}</span> },
  { id: 'size', header: t('size'), width: '6rem', align: 'end', cell: (row) => bytes(row.size), compare: (a, b) => a.size - b.size },
  { id: 'redactions', header: t('redactions'), width: '9rem', align: 'end', cell: (row) => row.redactions || '', compare: (a, b) => a.redactions - b.redactions },
]; // prettier-ignore
const keyOf = (row: SupportFile): string => row.path;

/** Settings: what a bundle would hold, and making one. */
export function SupportSection() {
  const preview = useAction((api) => api.support.preview({}));
  const make = useAction((api, path: string | undefined) => api.support.make(path === undefined ? {} : { path }));
  const task = useTask(make.value?.taskId);
  const files = preview.value ?? [];
  const begin = async (): Promise<void> => {
    // In a browser it is made in Hearth's own folder and downloaded from there.
    const path = await desktop?.saveFile?.({ title: t('saveTitle'), name: 'hearth-support.tar.gz' });
    if (desktop?.saveFile && path === undefined) return;
    await make.run(path);
  };
  return (
    <Card title={t('title')}>
      <div className={css.stack}>
        <p className={css.text}>{t('text')}</p>
        <div className={css.row}>
          <Button tone="primary" busy={make.busy || task?.state === 'running'} onClick={() => void begin()}>
            {t('make')}
          </Button>
          <Button busy={preview.busy} onClick={() => void preview.run(undefined)}>
            {t(preview.value ? 'lookAgain' : 'look')}
          </Button>
        </div>
        {make.problem && <ProblemView problem={make.problem} />}
        {preview.problem && <ProblemView problem={preview.problem} />}
        {task && task.state !== 'done' && <TaskCard task={task} />}
        {task?.state === 'done' && make.value && (
          <Banner
            tone="ok"
            title={t('ready')}
            actions={
              make.value.download && (
                <a href={make.value.download} download>
                  {t('download')}
                </a>
              )
            }
          >
            {t('readyAt', { path: make.value.path })}
          </Banner>
        )}
        {files.length > 0 && (
          <>
            <p className={css.text}>
              {t('sum', {
                n: files.length,
                size: bytes(files.reduce((sum, { size }) => sum + size, 0)),
                redactions: files.reduce((sum, { redactions }) => sum + redactions, 0),
              })}
            </p>
            <div className={css.files}>
              <DataTable label={t('files')} rows={files} keyOf={keyOf} columns={columns} rowHeight={32} />
            </div>
          </>
        )}
      </div>
    </Card>
  );
}
