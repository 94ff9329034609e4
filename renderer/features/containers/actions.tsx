import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { PodRow } from '../../../main/contract/pods.ts';
import { useApi } from '../../lib/connection.ts';
import { offerUndo } from '../../lib/undo.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import type { AskOffer } from '../../lib/use-offer.ts';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { EditIcon, LinkIcon, RestartIcon, ScaleIcon, TerminalIcon, TextIcon, TrashIcon } from '../../ui/icons.tsx';
import type { Menu } from '../../ui/menu.tsx';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { ForwardDialog, ScaleDialog } from './dialogs.tsx';
import { t } from './text.ts';
import { routeOf } from './use-containers.ts';

export const refOf = ({ kind, namespace, name }: PodRow) => ({ kind, namespace, name });
export const scales = ({ kind }: PodRow): boolean => kind === 'Deployment' || kind === 'StatefulSet';
/** A Job's Pods stand for themselves, and a Pod alone is made again by nobody. */
const restarts = (row: PodRow): boolean => row.kind !== 'Job' && (row.kind !== 'Pod' || row.owner !== undefined);
/** It can be put back, or what keeps it makes another: nobody is asked first. */
const comesBack = (row: PodRow): boolean => (row.kind === 'Pod' ? row.owner !== undefined : row.kind !== 'Job');

type Doing = 'forward' | 'scale' | 'restart' | 'delete';

/** What can be done with one row, and the dialogs that ask for more. */
export function useContainerActions(): { items: (row: PodRow) => Parameters<typeof Menu>[0]['items']; act: (row: PodRow, what: Doing) => void; dialogs: ReactNode } {
  const [asked, setAsked] = useState<{ row: PodRow; what: Doing }>();
  const [, go] = useLocation();
  const offer = useOffer();
  const api = useApi();
  const close = (): void => setAsked(undefined);
  const restart = useAction((api, row: PodRow) => api.pods.restart(refOf(row)), {
    onDone: (_value, { name }) => toast({ title: t('restarted', { name }) }),
    onProblem: toastProblem,
  });
  const remove = useAction((api, row: PodRow) => api.pods.remove(refOf(row)), {
    onDone: ({ undo }, { name, kind }) =>
      undo !== undefined && offer('pods.putBack') === undefined
        ? offerUndo(api, { title: t('deleted', { name }), name, way: { of: 'workload', undo } })
        : toast({ title: t('deleted', { name }), ...(kind === 'Pod' && { detail: t('deleted.again') }) }),
    onProblem: toastProblem,
  });
  const act = (row: PodRow, what: Doing): void => {
    if (what === 'restart') void restart.run(row);
    else if (what === 'delete' && comesBack(row)) void remove.run(row);
    else setAsked({ row, what });
  };
  const dialogs = asked && (
    <>
      {asked.what === 'forward' && <ForwardDialog row={asked.row} onClose={close} />}
      {asked.what === 'scale' && <ScaleDialog row={asked.row} onClose={close} />}
      {asked.what === 'delete' && (
        <ConfirmCall
          danger
          title={t('delete.title', { name: asked.row.name })}
          confirmLabel={t('delete.confirm')}
          call={(api) => api.pods.remove(refOf(asked.row))}
          done={t('deleted', { name: asked.row.name })}
          onClose={close}
        >
          <p>{t('delete.text')}</p>
        </ConfirmCall>
      )}
    </>
  );
  return { items: (row) => itemsOf(row, offer, act, go), act, dialogs };
} // prettier-ignore

function itemsOf(
  row: PodRow,
  offer: AskOffer,
  act: (row: PodRow, what: Doing) => void,
  go: (to: string) => void,
): Parameters<typeof Menu>[0]['items'] {
  const isMachine = row.machine && t('ofMachine', { name: row.machine.name });
  const to = (tab: string) => () => go(routeOf(refOf(row), tab));
  return [
    { label: t('action.logs'), icon: TextIcon, why: offer('pods.logs'), onSelect: to('logs') },
    { label: t('action.shell'), icon: TerminalIcon, why: offer('pods.shell'), onSelect: to('shell') },
    { label: t('action.forward'), icon: LinkIcon, why: offer('pods.forward'), onSelect: () => act(row, 'forward') },
    ...(scales(row) ? [{ label: t('action.scale'), icon: ScaleIcon, why: offer('pods.scale'), onSelect: () => act(row, 'scale') }] : []),
    ...(restarts(row) ? [{ label: t('action.restart'), icon: RestartIcon, why: offer('pods.restart') ?? isMachine, onSelect: () => act(row, 'restart') }] : []),
    { label: t('action.yaml'), icon: EditIcon, onSelect: to('yaml') },
    'separator',
    { label: t('action.delete'), icon: TrashIcon, danger: true, why: offer('pods.remove') ?? isMachine, onSelect: () => act(row, 'delete') },
  ];
} // prettier-ignore
