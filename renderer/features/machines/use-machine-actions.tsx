import { useCallback, useState } from 'react';
import type { ReactNode } from 'react';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';
import { useApi } from '../../lib/connection.ts';
import { offerUndo } from '../../lib/undo.ts';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { isHard } from './actions.ts';
import { deleteInput } from './delete-choice.tsx';
import type { DeleteHow } from './delete-choice.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { t } from './text.ts';

export interface MachineActions {
  /** Does it at once, or asks first where something can be lost. */
  act: (row: MachineRow, action: MachineAction) => void;
  /** "uid action" of what runs now. */
  busy: ReadonlySet<string>;
  /** Put this anywhere in the page. */
  dialogs: ReactNode;
}

/** The one way pages act on a machine: a confirmation where something can be lost, a result always. */
export function useMachineActions(onDeleted?: (row: MachineRow) => void): MachineActions {
  const api = useApi();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<{ row: MachineRow; action: MachineAction }>();
  const [problem, setProblem] = useState<Problem>();

  const run = useCallback(
    async (row: MachineRow, action: MachineAction, how: DeleteHow = 'bin'): Promise<Problem | undefined> => {
      const key = `${row.uid} ${action}`;
      setBusy((now) => new Set(now).add(key));
      try {
        await api.machines.act({ namespace: row.namespace, name: row.name, action, ...deleteInput(how) });
        const binned = action === 'delete' && how === 'bin';
        const title = t(binned ? 'done.bin' : `done.${action}`, { name: row.name });
        const { uid: id, namespace, name } = row;
        // It runs again where it ran.
        const start = row.tone !== 'stopped';
        if (binned) offerUndo(api, { title, name, way: { of: 'bin', id, namespace, start } });
        else toast({ title, tone: 'ok' });
        return undefined;
      } catch (error) {
        return asProblem(error);
      } finally {
        setBusy((now) => new Set([...now].filter((each) => each !== key)));
      }
    },
    [api],
  );

  const act = useCallback(
    (row: MachineRow, action: MachineAction): void => {
      if (isHard(action)) {
        setProblem(undefined);
        setAsked({ row, action });
      } else void run(row, action).then((failed) => failed && toastProblem(failed));
    },
    [run],
  );

  const confirm = async (how: DeleteHow = 'bin'): Promise<void> => {
    if (!asked) return;
    const failed = await run(asked.row, asked.action, how);
    setProblem(failed);
    if (failed) return;
    setAsked(undefined);
    if (asked.action === 'delete') onDeleted?.(asked.row);
  };
  const close = (): void => setAsked(undefined);
  const working = asked !== undefined && busy.has(`${asked.row.uid} ${asked.action}`);
  const dialogs = asked && (
    <Ask asked={asked} busy={working} problem={problem} onClose={close} onConfirm={(how) => void confirm(how)} />
  );
  return { act, busy, dialogs };
}

interface AskProps {
  asked: { row: MachineRow; action: MachineAction };
  busy: boolean;
  problem: Problem | undefined;
  onClose: () => void;
  onConfirm: (how?: DeleteHow) => void;
}
function Ask({ asked: { row, action }, onConfirm, problem, ...rest }: AskProps): ReactNode {
  if (action === 'delete') return <DeleteDialog row={row} onConfirm={onConfirm} problem={problem} {...rest} />;
  if (action !== 'forceStop' && action !== 'forceRestart' && action !== 'reset') return null;
  return (
    <ConfirmDialog
      open
      danger
      title={t(`confirm.${action}.title`, { name: row.name })}
      confirmLabel={t(`action.${action}`)}
      onConfirm={() => onConfirm()}
      problem={problem}
      {...rest}
    >
      <p>{t(`confirm.${action}.text`)}</p>
    </ConfirmDialog>
  );
}
