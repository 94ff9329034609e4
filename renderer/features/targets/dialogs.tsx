import { useState } from 'react';
import type { TargetEntry } from '../../../main/contract/targets.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { ClusterForm } from './cluster-form.tsx';
import { sourceProblem } from './cluster.ts';
import { freeKind, kindError, KindForm, kindInput } from './kind-form.tsx';
import type { KindDraft } from './kind-form.tsx';
import css from './targets.module.css';
import { t } from './text.ts';
import { useCluster } from './use-cluster.ts';

export function AddDialog({ onClose }: { onClose: () => void }) {
  const cluster = useCluster(() => {
    toast({ title: t('added') });
    onClose();
  });
  const missing = sourceProblem(cluster.draft);
  const answered = cluster.state === 'answered';
  return (
    <Dialog
      open
      top
      size="large"
      onClose={onClose}
      title={t('add.title')}
      description={t('add.description')}
      footer={
        <>
          <Button tone="quiet" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button
            tone={answered ? 'plain' : 'primary'}
            busy={cluster.test.busy}
            why={missing && t(`add.${missing}Why`)}
            onClick={cluster.look}
          >
            {t(cluster.found ? 'add.testAgain' : 'add.test')}
          </Button>
          {answered && (
            <Button tone="primary" busy={cluster.add.busy} onClick={cluster.save}>
              {t('add.save')}
            </Button>
          )}
        </>
      }
    >
      <ClusterForm cluster={cluster} />
    </Dialog>
  );
}

export function KindDialog({ onClose }: { onClose: () => void }) {
  const state = useCall(['kind'], (api, signal) => api.targets.kind({}, { signal }), { staleMs: 0 });
  const clusters = state.value?.clusters ?? [];
  const [typed, setTyped] = useState<Partial<KindDraft>>({});
  const draft: KindDraft = { name: freeKind(clusters), mirror: '', bundle: '', ...typed };
  const create = useAction((api) => api.targets.createKind(kindInput(draft)), { onDone: onClose });
  const broken = state.problem ?? state.value?.problem;
  const why = !state.value ? t('kind.loading') : broken ? broken.title : kindError(draft, clusters);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('kind.title')}
      description={t('kind.description')}
      footer={
        <>
          <Button tone="quiet" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button tone="primary" busy={create.busy} why={why} onClick={() => void create.run(undefined)}>
            {t('kind.create')}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <KindForm state={state} draft={draft} onChange={(part) => setTyped((before) => ({ ...before, ...part }))} />
        {create.problem && <ProblemView problem={create.problem} compact />}
      </div>
    </Dialog>
  );
}

export function RenameDialog({ row, onClose }: { row: TargetEntry; onClose: () => void }) {
  const [name, setName] = useState(row.name);
  const rename = useAction((api) => api.targets.rename({ id: row.id, name: name.trim() }), { onDone: onClose });
  const why = name.trim() === '' ? t('found.nameMissing') : undefined;
  const save = (): void => {
    if (why === undefined) void rename.run(undefined);
  };
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={t('rename.title', { name: row.name })}
      footer={
        <>
          <Button tone="quiet" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button tone="primary" busy={rename.busy} why={why} onClick={save}>
            {t('rename.save')}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <TextField label={t('found.name')} value={name} onChange={setName} onEnter={save} error={why} maxLength={60} />
        {rename.problem && <ProblemView problem={rename.problem} compact />}
      </div>
    </Dialog>
  );
} // prettier-ignore

/** Deletes a throwaway cluster with all that is in it. */
export function DeleteKindDialog({ row, onClose }: { row: TargetEntry; onClose: () => void }) {
  return (
    <ConfirmCall
      danger
      title={t('delete.title', { name: row.name })}
      confirmLabel={t('delete.confirm')}
      call={(api) => api.targets.deleteKind({ name: row.name })}
      onClose={onClose}
    >
      <p>{t('delete.text')}</p>
      {row.current && <p>{t('forget.current')}</p>}
    </ConfirmCall>
  );
}
