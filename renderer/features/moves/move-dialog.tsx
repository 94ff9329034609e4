import { useState } from 'react';
import type { ReactNode } from 'react';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { useApi } from '../../lib/connection.ts';
import { useCall } from '../../lib/use-call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Select } from '../../ui/select.tsx';
import { toast } from '../../ui/toast.tsx';
import { t } from './text.ts';

/** Asks where a running machine shall go, and sends it there; the task shows how far it is. */
export function MoveDialog({ row, onClose }: { row: MachineRow; onClose: () => void }): ReactNode {
  const { namespace, name } = row;
  const api = useApi();
  const nodes = useCall(
    ['move', namespace, name],
    (api, signal) => api.migrations.nodes({ namespace, name }, { signal }),
    {
      staleMs: 0,
    },
  );
  const [node, setNode] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const free = nodes.value?.some(({ why }) => why === undefined);
  const move = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.migrations.start({ namespace, name, ...(node && { node }) });
      toast({ title: t('begun', { name }), tone: 'ok' });
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <ConfirmDialog
      open
      title={t('title', { name })}
      confirmLabel={t('confirm')}
      busy={busy}
      problem={problem ?? nodes.problem}
      why={free === false ? t('nowhere') : undefined}
      onClose={onClose}
      onConfirm={() => void move()}
    >
      <p>{t('text')}</p>
      <Select
        label={t('node')}
        value={node}
        onChange={setNode}
        options={[
          { value: '', label: t('any') },
          ...(nodes.value ?? []).map(({ name, why }) => ({
            value: name,
            label: name,
            detail: why,
            disabled: why !== undefined,
          })),
        ]}
      />
    </ConfirmDialog>
  );
}
