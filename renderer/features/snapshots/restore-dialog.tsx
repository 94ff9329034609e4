import { useState } from 'react';
import type { ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { SnapshotRow, SnapshotTree } from '../../../main/contract/snapshots.ts';
import { dateTime } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { isName } from './lines.ts';
import css from './snapshots.module.css';
import { t } from './text.ts';

interface Props {
  of: ObjectRef;
  tree: SnapshotTree;
  row: SnapshotRow;
  onClose: () => void;
}

/** Same machine or a new one, and what is lost by it. */
export function RestoreDialog({ of, tree, row, onClose }: Props): ReactNode {
  const [to, setTo] = useState<'same' | 'new'>('same');
  const [newName, setNewName] = useState(`${of.name.slice(0, 50)}-${row.name}`.slice(0, 63).replace(/-+$/, ''));
  const [memory, setMemory] = useState(row.memory !== undefined);
  const [start, setStart] = useState(tree.running);
  const same = to === 'same';
  const withMemory = same && memory && row.memory !== undefined;
  const error = same || isName(newName) ? undefined : t('take.nameBad');
  const at = dateTime(row.at);
  const restore = useAction(
    (api) =>
      api.snapshots.restore({
        ...of,
        snapshot: row.name,
        stop: same && tree.running,
        memory: withMemory,
        start: withMemory || start,
        ...(same ? {} : { newName }),
      }),
    {
      onDone: () => {
        const open = { label: t('began.open', { name: newName }), onClick: () => navigate(`/machines/${of.namespace}/${newName}`) }; // prettier-ignore
        toast({ title: t(same ? 'began.restore' : 'began.new', { name: newName }), action: same ? undefined : open });
        onClose();
      },
    },
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('restore.title', { name: row.name })}
      cancel
      footer={
        <Button
          tone={same ? 'danger' : 'primary'}
          busy={restore.busy}
          why={error}
          onClick={() => void restore.run(undefined)}
        >
          {t(same ? 'restore.go' : 'restore.goNew')}
        </Button>
      }
    >
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          // Only a new machine has a name to type: what loses something is confirmed by its button.
          if (!same && error === undefined) void restore.run(undefined);
        }}
      >
        <RadioCards
          label={t('restore.to')}
          value={to}
          onChange={setTo}
          columns={2}
          options={[
            { value: 'same', title: t('restore.same'), detail: t('restore.sameDetail', { name: of.name, at }) },
            { value: 'new', title: t('restore.new'), detail: t('restore.newDetail', { name: of.name }) },
          ]}
        />
        {same ? (
          <Banner tone="warning" title={t('restore.lost', { name: of.name, at })}>
            {t('restore.lostHere')} {tree.running && t('restore.stop')}
          </Banner>
        ) : (
          <TextField
            label={t('restore.newName')}
            value={newName}
            onChange={setNewName}
            error={error ?? restore.problem?.fields?.['newName']}
            maxLength={63}
          />
        )}
        {same && row.memory !== undefined && (
          <Checkbox label={t('restore.memory')} hint={t('restore.memoryHint')} checked={memory} onChange={setMemory} />
        )}
        {!withMemory && <Checkbox label={t('restore.start')} checked={start} onChange={setStart} />}
        {restore.problem && <ProblemView problem={restore.problem} compact />}
      </form>
    </Dialog>
  );
}
