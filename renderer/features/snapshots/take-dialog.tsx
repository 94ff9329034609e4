import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { SnapshotTree } from '../../../main/contract/snapshots.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Switch } from '../../ui/switch.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { freeName, isName } from './lines.ts';
import css from './snapshots.module.css';
import { t } from './text.ts';

interface Props {
  of: ObjectRef;
  tree: SnapshotTree;
  onClose: () => void;
}

/** Asks what a new snapshot is called and what is in it, and says what will not be. */
export function TakeDialog({ of, tree, onClose }: Props): ReactNode {
  const offer = useOffer();
  const [name, setName] = useState(() => freeName(of.name, tree.rows));
  const [description, setDescription] = useState('');
  const [memory, setMemory] = useState(false);
  const noMemory = offer('snapshots.take:memory') ?? tree.noMemory;
  const taken = tree.rows.some((row) => row.name === name);
  const error = taken ? t('take.nameTaken') : isName(name) ? undefined : t('take.nameBad');
  const take = useAction(
    (api) =>
      api.snapshots.take({ ...of, snapshot: name, description: description.trim(), memory: memory && !noMemory }),
    {
      onDone: () => {
        toast({ title: t('began.take') });
        onClose();
      },
    },
  );
  const submit = (): void => {
    if (error === undefined) void take.run(undefined);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('take.title', { name: of.name })}
      cancel
      footer={
        <Button tone="primary" busy={take.busy} why={error} onClick={submit}>
          {t('take.go')}
        </Button>
      }
    >
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label={t('take.name')}
          hint={t('take.nameHint')}
          value={name}
          onChange={setName}
          error={error}
          maxLength={63}
        />
        <TextArea
          label={t('take.description')}
          optional
          rows={2}
          placeholder={t('take.descriptionPlaceholder')}
          value={description}
          onChange={setDescription}
        />
        <Switch
          label={t('take.memory')}
          hint={t('take.memoryHint')}
          checked={memory && !noMemory}
          onChange={setMemory}
          why={noMemory}
        />
        {tree.running && !memory && <p className={css.muted}>{t('take.live')}</p>}
        <Volumes tree={tree} />
        {take.problem && <ProblemView problem={take.problem} compact />}
      </form>
    </Dialog>
  );
}

function Volumes({ tree: { included, excluded } }: { tree: SnapshotTree }): ReactNode {
  return (
    <>
      {included.length === 0 ? (
        <Banner tone="warning" title={t('take.nothing')} />
      ) : (
        <p className={css.muted}>{t('take.included', { n: included.length, names: included.join(', ') })}</p>
      )}
      {excluded.length > 0 && (
        <div className={css.muted}>
          {t('take.excluded', { n: excluded.length })}
          <ul className={css.list}>
            {excluded.map(({ name, reason }) => (
              <li key={name}>
                <b>{name}</b>: {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
