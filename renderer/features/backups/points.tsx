import { createContext, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { BackupPlaceRow, BackupPoint } from '../../../main/contract/backups.ts';
import { bytes, dateTime } from '../../lib/format.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { RefreshIcon, RewindIcon, TrashIcon } from '../../ui/icons.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RowButton } from '../../ui/row-controls.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import css from './backups.module.css';
import { RestoreDialog } from './restore-dialog.tsx';
import { t } from './text.ts';

interface Actions {
  restore: (point: BackupPoint) => void;
  remove: (point: BackupPoint) => void;
  why: (what: 'restore' | 'restoreSettings' | 'removePoints') => string | undefined;
}
const ActionsContext = createContext<Actions | undefined>(undefined);
const keyOf = (point: BackupPoint): string => point.id;
/** A machine's name, with its namespace where that tells something. */
export const nameOf = ({ kind, namespace, name }: BackupPoint): string =>
  kind === 'settings' ? t('settings') : namespace === 'default' ? name : `${namespace}/${name}`;

const columns: Column<BackupPoint>[] = [
  { id: 'name', header: t('column.name'), width: 'minmax(8rem, 2fr)', cell: (point) => <span className={css.name}>{nameOf(point)}</span>, compare: (a, b) => nameOf(a).localeCompare(nameOf(b)) },
  { id: 'at', header: t('column.at'), width: 'minmax(12rem, 1fr)', cell: ({ at }) => dateTime(at), compare: (a, b) => a.at.localeCompare(b.at) },
  { id: 'size', header: t('column.size'), width: '6rem', align: 'end', hideBelow: 'narrow', cell: ({ kind, size }) => (kind === 'settings' ? '–' : bytes(size)), compare: (a, b) => a.size - b.size },
  { id: 'added', header: t('column.added'), width: '6rem', align: 'end', hideBelow: 'medium', cell: ({ kind, added }) => (kind === 'settings' ? '–' : bytes(added)), compare: (a, b) => a.added - b.added },
  { id: 'host', header: t('column.host'), width: 'minmax(7rem, 1fr)', hideBelow: 'medium', cell: ({ host, byHand }) => <span className={css.cell}>{byHand ? t('byHand', { host }) : host}</span>, compare: (a, b) => a.host.localeCompare(b.host) },
  { id: 'actions', header: t('column.actions'), hideHeader: true, width: '5.5rem', align: 'end', cell: (point) => <ActionsCell point={point} /> },
]; // prettier-ignore

/** What lies at a place. It is asked when somebody wants to see it: a NAS may sleep. */
export function Points({ row }: { row: BackupPlaceRow }): ReactNode {
  const [shown, setShown] = useState(false);
  const [filter, setFilter] = useState('');
  const [open, setOpen] = useState<{ what: 'restore' | 'remove'; point: BackupPoint }>();
  const offer = useOffer();
  const may = useMay();
  // Asked anew after each run: what it made stands in the key.
  const key = ['backups.points', row.id, row.last?.endedAt, row.taskId];
  const list = useCall(key, (api) => api.backups.getPoints({ placeId: row.id }), { enabled: shown, keepFor: 2 });
  const settings = useAction((api, point: string) => api.backups.restoreSettings({ placeId: row.id, point }), {
    onProblem: toastProblem,
    onDone: ({ done }) => toast({ title: t('settings.done'), detail: done.join(' ') }),
  });
  const { run: restoreSettings } = settings;
  const actions = useMemo(
    (): Actions => ({
      restore: (point) => (point.kind === 'settings' ? void restoreSettings(point.id) : setOpen({ what: 'restore', point })), // prettier-ignore
      remove: (point) => setOpen({ what: 'remove', point }),
      why: (what) => (what === 'restore' ? offer('backups.restore') : may(`backups.${what}`)),
    }),
    [offer, may, restoreSettings],
  );
  const points = useMemo(
    () => (list.value ?? []).filter((point) => nameOf(point).toLowerCase().includes(filter.trim().toLowerCase())),
    [list.value, filter],
  );
  const close = (): void => setOpen(undefined);
  if (!shown)
    return (
      <div className={css.tools}>
        <Button size="small" why={may('backups.getPoints')} onClick={() => setShown(true)}>
          {t('points.show')}
        </Button>
      </div>
    );
  return (
    <>
      <div className={css.tools}>
        <SearchField label={t('points.filter')} value={filter} onChange={setFilter} />
        <Button size="small" icon={RefreshIcon} busy={list.loading || list.refreshing} onClick={list.again}>
          {t('points.again')}
        </Button>
      </div>
      {list.problem ? (
        <div className={css.tools}>
          <ProblemView problem={list.problem} />
        </div>
      ) : (
        <div className={css.table}>
          <ActionsContext value={actions}>
            <DataTable
              label={t('points', { name: row.name })}
              rows={points}
              keyOf={keyOf}
              columns={columns}
              loading={list.loading}
              empty={t(list.value?.length === 0 ? 'points.none' : 'points.noneSuch')}
            />
          </ActionsContext>
        </div>
      )}
      {open?.what === 'restore' && <RestoreDialog row={row} point={open.point} onClose={close} />}
      {open?.what === 'remove' && (
        <ConfirmCall
          danger
          title={t('remove.title', { name: nameOf(open.point), when: dateTime(open.point.at) })}
          confirmLabel={t('remove.go')}
          call={(api) => api.backups.removePoints({ placeId: row.id, points: [open.point.id] })}
          done={t('remove.done')}
          onClose={close}
        >
          {t('remove.text')}
        </ConfirmCall>
      )}
    </>
  );
}

function ActionsCell({ point }: { point: BackupPoint }): ReactNode {
  const actions = useContext(ActionsContext);
  if (!actions) return null;
  const about = { name: nameOf(point), when: dateTime(point.at) };
  return (
    <span className={css.actions}>
      <RowButton
        icon={RewindIcon}
        label={t('restore.of', about)}
        why={actions.why(point.kind === 'settings' ? 'restoreSettings' : 'restore')}
        onClick={() => actions.restore(point)}
      />
      <RowButton
        icon={TrashIcon}
        label={t('remove.of', about)}
        why={actions.why('removePoints')}
        onClick={() => actions.remove(point)}
      />
    </span>
  );
}
