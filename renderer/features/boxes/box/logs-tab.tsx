import { useMemo, useState } from 'react';
import type { BoxLogs } from '../../../../main/contract/box/upkeep.ts';
import { clockTime } from '../../../lib/format.ts';
import { useTask } from '../../../lib/tasks.ts';
import { useAction, useCall } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { DataTable } from '../../../ui/data-table.tsx';
import type { Column } from '../../../ui/data-table.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { DownloadIcon, RefreshIcon } from '../../../ui/icons.tsx';
import { KeyValue } from '../../../ui/key-value.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import { TaskCard } from '../../../ui/task-card.tsx';
import css from '../boxes.module.css';
import own from './logs.module.css';
import { useBox } from './door.ts';
import { t } from './text.ts';

type Line = BoxLogs['lines'][number] & { key: string };
const columns: Column<Line>[] = [
  { id: 'at', header: t('logs.at'), width: '6rem', cell: (line) => clockTime(line.at) },
  { id: 'unit', header: t('logs.unit'), width: 'minmax(6rem, 12rem)', hideBelow: 'narrow', cell: (line) => line.unit.replace(/\.service$/, '') },
  { id: 'text', header: t('logs.text'), width: 'minmax(12rem, 1fr)', cell: (line) => <code title={line.text}>{line.text}</code> },
]; // prettier-ignore
const keyOf = (line: Line): string => line.key;

/** The last lines of its log, and all of it in a file without secrets. */
export function LogsTab() {
  const { door, away } = useBox();
  const [query, setQuery] = useState('');
  const log = useCall(['box-logs', door.key], (api, signal) => door.logs(api, 1_000, { signal }), {
    enabled: away === undefined,
    staleMs: 0,
  });
  const lines = useMemo(
    () => (log.value?.lines ?? []).map((line, n): Line => ({ ...line, key: String(n) })).toReversed(),
    [log.value],
  );
  const shown = useMemo(() => {
    const wanted = query.toLowerCase();
    return lines.filter((line) => `${line.unit} ${line.text}`.toLowerCase().includes(wanted));
  }, [lines, query]);
  const text = (log.value?.lines ?? []).map((line) => `${line.at} ${line.unit} ${line.text}`).join('\n');
  return (
    <div className={css.stack}>
      {!door.own && <Bundle />}
      <Card
        title={t('logs')}
        actions={
          <>
            <CopyButton text={text} label={t('logs.copy')} />
            <IconButton icon={RefreshIcon} label={t('again')} busy={log.refreshing} why={away} onClick={log.again} />
          </>
        }
      >
        <div className={css.stack}>
          {log.problem && <ProblemView problem={log.problem} compact />}
          {log.value?.problem && <ProblemView problem={log.value.problem} compact />}
          <SearchField label={t('logs.filter')} value={query} onChange={setQuery} shortcut />
          <div className={own.log}>
            <DataTable
              label={t('logs')}
              rows={shown}
              keyOf={keyOf}
              columns={columns}
              rowHeight={28}
              loading={log.loading}
              empty={<EmptyState title={t(lines.length === 0 ? 'logs.none' : 'logs.noneFit')} />}
            />
          </div>
        </div>
      </Card>
    </div>
  );
}

function Bundle() {
  const { row, away } = useBox();
  const save = useAction((api, id: string) => api.boxes.saveLogs({ id }));
  const task = useTask(save.value?.taskId);
  return (
    <Card title={t('bundle')}>
      <div className={css.stack}>
        <p className={css.text}>{t('bundle.text')}</p>
        {save.problem && <ProblemView problem={save.problem} compact />}
        {task && task.state !== 'done' && <TaskCard task={task} compact />}
        {task?.state === 'done' && save.value && (
          <KeyValue items={[{ label: t('bundle.path'), value: save.value.path, mono: true, copy: save.value.path }]} />
        )}
        <div>
          <Button icon={DownloadIcon} busy={save.busy || task?.state === 'running'} why={away} onClick={() => void save.run(row?.id ?? '')}>
            {t('bundle.save')}
          </Button>
        </div>
      </div>
    </Card>
  );
} // prettier-ignore
