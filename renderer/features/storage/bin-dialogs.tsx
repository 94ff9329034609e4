import { useState } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { Api } from '../../../main/contract/contract.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import { bytes } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './storage.module.css';
import { t } from './text.ts';
import type { Binned } from './use-storage.ts';

interface Props {
  entry: Binned;
  onClose: () => void;
}

/** A machine or a network, whose name may be taken by now. */
export function RestoreDialog({ entry, onClose }: Props): ReactNode {
  const { id, namespace, name: before, kind } = entry;
  const [name, setName] = useState(before);
  const [start, setStart] = useState(false);
  const [, go] = useLocation();
  const restore = useAction(
    (api, _none: undefined) => api.bin.restore({ id, namespace, start, ...(name !== before && { newName: name }) }),
    {
      onDone: (ref) => {
        const page = kind === 'machine' ? `/machines/${ref.namespace}/${ref.name}` : '/networks';
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
        <p>{kind === 'machine' ? `${t('restore.machine')} ${t('restore.strategy')}` : t('restore.network')}</p>
        <TextField
          label={t('restore.name')}
          value={name}
          onChange={setName}
          mono
          error={restore.problem?.fields?.['newName']}
        />
        {kind === 'machine' && (
          <>
            <Checkbox label={t('restore.start')} checked={start} onChange={setStart} />
            <p>{t('restore.snapshots')}</p>
          </>
        )}
      </div>
    </ConfirmDialog>
  );
}

export function PurgeDialog({ entry, onClose }: Props): ReactNode {
  const { id, kind, namespace, name, held } = entry;
  const purge = useAction(
    (api, _none: undefined) => (kind === 'lab' ? api.labs.purge({ id }) : api.bin.purge({ id, namespace })),
    {
      // prettier-ignore
      onDone: () => {
      toast({ title: t('purged', { name }), tone: 'ok' });
      onClose();
    },
    },
  );
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
      <p>{held > 0 ? t('purge.text', { size: bytes(held) }) : t('purge.nothing')}</p>
    </ConfirmDialog>
  );
}

export function EmptyDialog(props: { entries: readonly Binned[]; held: number; onClose: () => void }): ReactNode {
  const { entries, held, onClose } = props;
  const empty = useAction((api, _none: undefined) => emptyAll(api, entries), {
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
      title={t('emptyBin.title', { n: entries.length })}
      confirmLabel={t('emptyBin.confirm')}
      busy={empty.busy}
      problem={empty.problem}
      onClose={onClose}
      onConfirm={() => void empty.run(undefined)}
    >
      <p>{held > 0 ? t('purge.text', { size: bytes(held) }) : t('purge.nothing')}</p>
    </ConfirmDialog>
  );
}

/** The target's part and the labs; one that fails does not stop the others. */
async function emptyAll(api: Api, entries: readonly Binned[]): ReturnType<Api['bin']['empty']> {
  const { purged, failed } = await api.bin.empty({});
  const result = { purged, failed: [...failed] };
  for (const { id, name } of entries.filter(({ kind }) => kind === 'lab'))
    await api.labs.purge({ id }).then(
      () => (result.purged += 1),
      (error: unknown) => result.failed.push({ id, name, problem: asProblem(error) }),
    );
  return result;
}
