import { createContext, useCallback, useContext, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Api } from '../../../main/contract/contract.ts';
import { useLocation } from 'wouter';
import type { RecordingRow } from '../../../main/contract/recordings.ts';
import { ago, bytes, dateTime } from '../../lib/format.ts';
import { recordings, useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useLatest } from '../../lib/use-latest.ts';
import { useMay } from '../../lib/use-may.ts';
import { useNow } from '../../lib/use-now.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { DownloadIcon, EditIcon, RecordIcon, StopIcon, TrashIcon, UploadIcon } from '../../ui/icons.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Progress } from '../../ui/progress.tsx';
import { RowMenu } from '../../ui/row-controls.tsx';
import { StatusBadge } from '../../ui/status.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { RenameDialog } from './dialogs.tsx';
import { useRemove } from './use-remove.ts';
import { importRecording, saveRecording } from './files.ts';
import { clock, ending, pathOf } from './names.ts';
import css from './recordings.module.css';
import { t } from './text.ts';

const keyOf = (row: RecordingRow): string => row.name;
const newestFirst = (a: RecordingRow, b: RecordingRow): number => b.startedAt.localeCompare(a.startedAt);

interface RowActions {
  stop: (name: string) => void;
  save: (name: string) => void;
  rename: (name: string) => void;
  remove: (name: string) => void;
}
const RowActionsContext = createContext<RowActions | undefined>(undefined);
const columns: Column<RecordingRow>[] = [
  { id: 'name', header: t('column.name'), width: 'minmax(12rem, 2.4fr)', cell: (row) => <NameCell row={row} />, compare: (a, b) => a.name.localeCompare(b.name) },
  { id: 'machines', header: t('column.machines'), width: 'minmax(7rem, 1fr)', hideBelow: 'narrow', cell: (row) => <MachinesCell row={row} /> },
  { id: 'lab', header: t('column.lab'), width: 'minmax(6rem, 1fr)', hideBelow: 'medium', cell: ({ lab }) => lab ?? '–' },
  { id: 'at', header: t('column.at'), width: '7rem', cell: (row) => <AtCell row={row} />, compare: (a, b) => newestFirst(b, a) },
  { id: 'length', header: t('column.length'), width: '5.5rem', align: 'end', cell: ({ seconds }) => clock(seconds * 1000), compare: (a, b) => a.seconds - b.seconds },
  { id: 'size', header: t('column.size'), width: '6rem', align: 'end', hideBelow: 'narrow', cell: ({ size }) => bytes(size), compare: (a, b) => a.size - b.size },
  { id: 'actions', header: t('column.actions'), hideHeader: true, width: '3.5rem', align: 'end', cell: (row) => <ActionsCell row={row} /> },
]; // prettier-ignore

/** Every recording there is, the one that goes on first. */
export function RecordingsPage(): ReactNode {
  const list = useList(recordings);
  const may = useMay();
  const [, go] = useLocation();
  const [shown, setShown] = useState<{ name: string }>();
  const [share, setShare] = useState(0);
  const picker = useRef<HTMLInputElement>(null);
  const bring = useAction((api, file: File) => importRecording(api, file, setShare), {
    onDone: (name) => toast({ title: t('import.done', { name }) }),
  });
  const { run: save } = useAction((api: Api, name: string) => saveRecording(api, name, 'recording'), { onProblem: toastProblem }); // prettier-ignore
  const { run: stop } = useAction((api: Api, name: string) => api.recordings.stop({ name }), { onProblem: toastProblem }); // prettier-ignore
  const { remove } = useRemove();
  const take = useLatest(remove);
  const actions = useMemo(
    (): RowActions => ({
      stop: (name) => void stop(name),
      save: (name) => void save(name),
      rename: (name) => setShown({ name }),
      remove: (name) => take.current(name),
    }),
    [save, stop, take],
  );
  const rows = useMemo(() => list.items.toSorted(newestFirst), [list.items]);
  const open = useCallback((row: RecordingRow) => go(pathOf(row.name)), [go]);
  const one = shown && list.rows.get(shown.name);
  const close = (): void => setShown(undefined);
  const none = list.state !== 'loading' && !list.problem && rows.length === 0;
  return (
    <Page fill>
      <PageHeader
        title={t('title')}
        subtitle={t('subtitle')}
        back={{ to: '/labs', label: t('toLabs') }}
        actions={
          <Button
            icon={UploadIcon}
            busy={bring.busy}
            why={may('recordings.import')}
            onClick={() => picker.current?.click()}
          >
            {t('import')}
          </Button>
        }
      />
      <input
        ref={picker}
        hidden
        type="file"
        accept={ending}
        aria-label={t('import')}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          setShare(0);
          if (file) void bring.run(file);
          event.currentTarget.value = '';
        }}
      />
      {bring.busy && <Progress label={t('import.busy')} value={share} />}
      {bring.problem && <ProblemView problem={bring.problem} compact />}
      {list.problem && rows.length === 0 && <ProblemView problem={list.problem} />}
      {none ? (
        <EmptyState icon={RecordIcon} title={t('empty.title')}>
          {t('empty.text')}
        </EmptyState>
      ) : (
        <div className={css.table}>
          <RowActionsContext value={actions}>
            <DataTable
              label={t('list')}
              rows={rows}
              keyOf={keyOf}
              columns={columns}
              rowHeight={52}
              onOpen={open}
              loading={list.state === 'loading'}
            />
          </RowActionsContext>
        </div>
      )}
      {one && <RenameDialog row={one} onClose={close} />}
    </Page>
  );
}

function NameCell({ row }: { row: RecordingRow }): ReactNode {
  return (
    <span className={css.nameCell}>
      <a className={css.name} href={`#${pathOf(row.name)}`} title={row.name}>
        {row.name}
      </a>
      {row.state === 'recording' && <StatusBadge tone="error">{t('state.recording')}</StatusBadge>}
      {row.state === 'damaged' && <StatusBadge tone="warning">{t('state.damaged')}</StatusBadge>}
      {row.cut !== undefined && (
        <span className={css.cut} title={row.cut}>
          {t('cut.short')}
        </span>
      )}
    </span>
  );
}

function MachinesCell({ row }: { row: RecordingRow }): ReactNode {
  const text = row.machines.map(({ name }) => name).join(', ') || '–';
  return (
    <span className={css.cutOff} title={text}>
      {text}
    </span>
  );
}

function AtCell({ row }: { row: RecordingRow }): ReactNode {
  const now = useNow();
  return <span title={dateTime(row.startedAt)}>{ago(row.startedAt, now)}</span>;
}

function ActionsCell({ row }: { row: RecordingRow }): ReactNode {
  const actions = useContext(RowActionsContext);
  const running = row.state === 'recording';
  const why = running ? t('runs') : undefined;
  return (
    <RowMenu
      label={t('menu', { name: row.name })}
      items={() => [
        ...(running ? [{ label: t('stop'), icon: StopIcon, onSelect: () => actions?.stop(row.name) }, 'separator' as const] : []),
        { label: t('rename'), icon: EditIcon, why, onSelect: () => actions?.rename(row.name) },
        { label: t('save'), icon: DownloadIcon, why, onSelect: () => actions?.save(row.name) },
        'separator',
        { label: t('remove'), icon: TrashIcon, danger: true, why, onSelect: () => actions?.remove(row.name) },
      ]}
    />
  );
} // prettier-ignore
