import { useState } from 'react';
import type { ReactNode } from 'react';
import type { BackupPlaceRow, BackupPoint, RestorePoint } from '../../../main/contract/backups.ts';
import { dateTime } from '../../lib/format.ts';
import { machines, useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './backups.module.css';
import { t } from './text.ts';

const isName = (name: string): boolean => name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);

/** Asks how a machine comes back: in the place of the one that is lost, or as one of its own. */
export function RestoreDialog(props: { row: BackupPlaceRow; point: BackupPoint; onClose: () => void }): ReactNode {
  const { row, point, onClose } = props;
  const { items } = useList(machines);
  const taken = (name: string): boolean =>
    items.some((each) => each.namespace === point.namespace && each.name === name);
  const lost = !taken(point.name);
  const [identity, setIdentity] = useState<RestorePoint['identity']>(lost ? 'same' : 'new');
  const [name, setName] = useState(lost ? point.name : `${point.name.slice(0, 54)}-restored`);
  const [start, setStart] = useState(false);
  const bad = !isName(name) ? t('restore.nameBad') : taken(name) ? t('restore.nameTaken') : undefined;
  const restore = useAction((api, input: RestorePoint) => api.backups.restore(input), {
    onDone: () => {
      toast({ title: t('restore.began', { name }) });
      onClose();
    },
  });
  const submit = (): void => {
    if (bad === undefined)
      void restore.run({ placeId: row.id, point: point.id, namespace: point.namespace, name, identity, start });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('restore.title', { name: point.name })}
      description={t('restore.from', { when: dateTime(point.at) })}
      cancel
      footer={
        <Button tone="primary" busy={restore.busy} why={bad} onClick={submit}>
          {t('restore.go')}
        </Button>
      }
    >
      <div className={css.form}>
        <RadioCards
          label={t('restore.as')}
          value={identity}
          onChange={setIdentity}
          options={[
            { value: 'same', title: t('restore.same'), detail: t('restore.sameDetail') },
            { value: 'new', title: t('restore.new'), detail: t('restore.newDetail') },
          ]}
        />
        <TextField label={t('restore.name')} value={name} onChange={setName} error={bad} onEnter={submit} mono />
        <Checkbox label={t('restore.start')} checked={start} onChange={setStart} />
        {restore.problem && <ProblemView problem={restore.problem} compact />}
      </div>
    </Dialog>
  );
}
