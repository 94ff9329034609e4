import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { BinEntry } from '../../../main/contract/bin.ts';
import { bytes } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './storage.module.css';
import { t } from './text.ts';

interface Props {
  entry: BinEntry;
  onClose: () => void;
}

export function RestoreDialog({ entry, onClose }: Props): ReactNode {
  const { id, namespace, name: before, kind } = entry;
  const [name, setName] = useState(before);
  const [start, setStart] = useState(false);
  const [, go] = useLocation();
  const restore = useAction(
    (api, _none: undefined) => api.bin.restore({ id, namespace, start, ...(name !== before && { newName: name }) }),
    {
      onDone: (ref) => {
        const page = kind === 'machine' ? `/machines/${ref.namespace}/${ref.name}` : '/storage';
        toast({ title: t('restored', { name: ref.name }), tone: 'ok', action: { label: ref.name, onClick: () => go(page) } });
        onClose();
      },
    },
  ); // prettier-ignore
  return (
    <ConfirmDialog
      open
      title={t('restore.title', { name: before })}
      confirmLabel={t('restore.confirm')}
      busy={restore.busy}
      problem={restore.problem}
      onClose={onClose}
      onConfirm={() => void restore.run(undefined)}
    >
      <div className={css.form}>
        {kind === 'disk' ? (
          <p>{t('restore.disk')}</p>
        ) : (
          <>
            <p>
              {t('restore.machine')} {t('restore.strategy')}
            </p>
            <TextField
              label={t('restore.name')}
              value={name}
              onChange={setName}
              mono
              error={restore.problem?.fields?.['newName']}
            />
            <Checkbox label={t('restore.start')} checked={start} onChange={setStart} />
            <p>{t('restore.snapshots')}</p>
          </>
        )}
      </div>
    </ConfirmDialog>
  );
}

export function PurgeDialog({ entry, onClose }: Props): ReactNode {
  const { id, namespace, name, held } = entry;
  const purge = useAction((api, _none: undefined) => api.bin.purge({ id, namespace }), {
    onDone: () => {
      toast({ title: t('purged', { name }), tone: 'ok' });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      title={t('purge.title', { name })}
      confirmLabel={t('purge.confirm')}
      busy={purge.busy}
      problem={purge.problem}
      onClose={onClose}
      onConfirm={() => void purge.run(undefined)}
    >
      <p>{t('purge.text', { size: bytes(held) })}</p>
    </ConfirmDialog>
  );
}

export function EmptyDialog({ n, held, onClose }: { n: number; held: number; onClose: () => void }): ReactNode {
  const empty = useAction((api, _none: undefined) => api.bin.empty({}), {
    onDone: ({ purged, failed }) => {
      const [first] = failed;
      if (purged > 0) toast({ title: t('emptied', { n: purged }), tone: 'ok' });
      if (first) toast({ title: t('emptyFailed', { n: failed.length }), detail: `${first.name}: ${first.problem.detail}`, tone: 'problem', keep: true }); // prettier-ignore
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      title={t('emptyBin.title', { n })}
      confirmLabel={t('emptyBin.confirm')}
      busy={empty.busy}
      problem={empty.problem}
      onClose={onClose}
      onConfirm={() => void empty.run(undefined)}
    >
      <p>{t('purge.text', { size: bytes(held) })}</p>
    </ConfirmDialog>
  );
}
