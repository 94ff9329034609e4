import type { ReactNode } from 'react';
import type { AddPlace } from '../../../main/contract/backups.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { toast } from '../../ui/toast.tsx';
import { placeInput, PlaceForm, usePlaceFields } from './place-form.tsx';
import css from './backups.module.css';
import { t } from './text.ts';

/** Asks for a new place, or for one where backups are already. */
export function PlaceDialog({ create, onClose }: { create: boolean; onClose: () => void }): ReactNode {
  const [fields, change] = usePlaceFields(create ? '' : t('found.name'));
  const wanted = placeInput(fields, create);
  const add = useAction((api, input: AddPlace) => api.backups.addPlace(input), {
    onDone: ({ made }, { name }) => {
      toast({ title: t(made ? 'added.made' : 'added.found', { name }) });
      onClose();
    },
  });
  const submit = (): void => {
    if ('input' in wanted && !add.busy) void add.run(wanted.input);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(create ? 'add.title' : 'found.title')}
      cancel
      footer={
        <Button tone="primary" busy={add.busy} why={'lack' in wanted ? wanted.lack : undefined} onClick={submit}>
          {t(create ? 'add.go' : 'found.go')}
        </Button>
      }
    >
      <div className={css.form}>
        <PlaceForm fields={fields} change={change} create={create} onEnter={submit} />
        {add.problem && <ProblemView problem={add.problem} compact />}
      </div>
    </Dialog>
  );
}
