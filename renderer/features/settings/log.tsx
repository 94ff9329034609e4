import { useMemo, useState } from 'react';
import { useCall } from '../../lib/use-call.ts';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { RefreshIcon } from '../../ui/icons.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { Select } from '../../ui/select.tsx';
import { StatusDot } from '../../ui/status.tsx';
import { parseLine } from './log-lines.ts';
import type { LogLine } from './log-lines.ts';
import css from './settings.module.css';
import { t } from './text.ts';

const tones = { debug: 'stopped', info: 'note', warning: 'warning', error: 'problem' } as const;
const columns: Column<LogLine>[] = [
  {
    id: 'level',
    header: t('log.level'),
    hideHeader: true,
    width: '2rem',
    cell: (line) => <StatusDot tone={tones[line.level]} label={line.level} />,
  },
  { id: 'time', header: 'Time', width: '6rem', cell: (line) => line.time },
  {
    id: 'text',
    header: 'Message',
    width: 'minmax(14rem, 1fr)',
    cell: (line) => <code title={line.text}>{line.text}</code>,
  },
];
const keyOf = (line: LogLine): string => String(line.key);

export function Log() {
  const log = useCall(['logs'], (api, signal) => api.app.logs({ lines: 2000 }, { signal }), { staleMs: 0 });
  const [query, setQuery] = useState('');
  const [level, setLevel] = useState<'all' | 'warnings'>('all');
  const lines = useMemo(() => (log.value?.lines ?? []).map(parseLine).toReversed(), [log.value]);
  const shown = useMemo(() => {
    const wanted = query.toLowerCase();
    return lines.filter(
      (line) =>
        (level === 'all' || line.level === 'warning' || line.level === 'error') &&
        line.text.toLowerCase().includes(wanted),
    );
  }, [lines, query, level]);
  return (
    <Card
      title={t('log.title')}
      actions={
        <>
          <CopyButton text={(log.value?.lines ?? []).join('\n')} label={t('log.copy')} />
          <IconButton icon={RefreshIcon} label={t('log.refresh')} busy={log.refreshing} onClick={log.again} />
        </>
      }
    >
      <div className={css.stack}>
        {log.problem && <ProblemView problem={log.problem} />}
        {log.value && (
          <KeyValue items={[{ label: t('log.path'), value: log.value.path, mono: true, copy: log.value.path }]} />
        )}
        <div className={css.inline}>
          <SearchField label={t('log.filter')} value={query} onChange={setQuery} shortcut />
          <div className={css.choice}>
            <Select
              label={t('log.level')}
              hideLabel
              value={level}
              onChange={setLevel}
              options={[
                { value: 'all', label: t('log.all') },
                { value: 'warnings', label: t('log.warnings') },
              ]}
            />
          </div>
        </div>
        <div className={css.log}>
          <DataTable
            label={t('log.title')}
            rows={shown}
            keyOf={keyOf}
            columns={columns}
            rowHeight={28}
            loading={log.loading}
            empty={<EmptyState title={t('log.none')} />}
          />
        </div>
      </div>
    </Card>
  );
}
