import { useState } from 'react';
import type { ReactNode } from 'react';
import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { StorageDisk } from '../../../main/contract/storage.ts';
import { useApi } from '../../lib/connection.ts';
import { offerUndo } from '../../lib/undo.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { toast } from '../../ui/toast.tsx';
import { sizeText } from './cells.tsx';
import css from './storage.module.css';
import { t } from './text.ts';

/** Deletes disks one by one; those that fail say why and can be tried again. */
export function RemoveDialog({ rows, onClose }: { rows: readonly StorageDisk[]; onClose: () => void }): ReactNode {
  const api = useApi();
  const [mode, setMode] = useState<'bin' | 'now'>('bin');
  const [left, setLeft] = useState(rows);
  const [failed, setFailed] = useState<ReadonlyMap<string, Problem>>(new Map());
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    const problems = new Map<string, Problem>();
    for (const { uid, namespace, name } of left)
      await api.storage
        .remove({ namespace, name, mode })
        .catch((error: unknown) => problems.set(uid, asProblem(error)));
    setBusy(false);
    setFailed(problems);
    const done = left.length - problems.size;
    const title = t(`removed.${mode}`, { n: done });
    const gone = left.filter(({ uid }) => !problems.has(uid));
    const [only] = gone;
    if (mode === 'bin' && only)
      offerUndo(api, {
        title,
        name: gone.length === 1 ? only.displayName : '',
        way: { of: 'bins', entries: gone.map(({ uid: id, namespace }) => ({ id, namespace })) },
      });
    else if (done > 0) toast({ title, tone: 'ok' });
    if (problems.size === 0) onClose();
    else setLeft(left.filter(({ uid }) => problems.has(uid)));
  };
  return (
    <ConfirmDialog
      open
      danger
      title={t('remove.title', { n: left.length })}
      confirmLabel={failed.size > 0 ? t('retry') : t(`remove.confirm.${mode}`)}
      busy={busy}
      onClose={onClose}
      onConfirm={() => void run()}
    >
      <div className={css.form}>
        <ul className={css.list}>
          {left.map((row) => (
            <li key={row.uid} className={css.item}>
              <span>
                {row.displayName} · {sizeText(row)}
              </span>
              {failed.has(row.uid) && <span className={css.bad}>{failed.get(row.uid)?.detail}</span>}
            </li>
          ))}
        </ul>
        <RadioCards
          label={t('remove.where')}
          value={mode}
          onChange={(value) => setMode(value === 'now' ? 'now' : 'bin')}
          columns={2}
          options={[
            { value: 'bin', title: t('remove.bin'), detail: t('remove.binText') },
            { value: 'now', title: t('remove.now'), detail: t('remove.nowText') },
          ]}
        />
        {left.some(({ snapshots }) => snapshots.length > 0) && <p>{t('remove.snapshots')}</p>}
      </div>
    </ConfirmDialog>
  );
}
