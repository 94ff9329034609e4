import { useState } from 'react';
import type { ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ClonePlan } from '../../../main/contract/clones.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { bytes } from '../../lib/format.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { isName } from '../snapshots/lines.ts';
import { t } from './text.ts';
import css from './transfer.module.css';

/** Asks what a clone is called and how its disks are copied, and says what will be its own. */
export function CloneDialog({ of, onClose }: { of: ObjectRef; onClose: () => void }): ReactNode {
  const plan = useCall(['clones.plan', of.namespace, of.name], (api) => api.clones.plan(of), {
    // A dialog that is opened again shows what is true now.
    staleMs: 0,
    againMs: ({ refused }) => (refused?.soon ? 1000 : undefined),
  });
  if (plan.value) return <Plan of={of} plan={plan.value} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={t('clone.title', { name: of.name })}>
      {plan.problem ? <ProblemView problem={plan.problem} compact /> : <Skeleton count={4} />}
    </Dialog>
  );
}

function Plan({ of, plan, onClose }: { of: ObjectRef; plan: ClonePlan; onClose: () => void }): ReactNode {
  const offer = useOffer();
  const [newName, setNewName] = useState(plan.name);
  const [mode, setMode] = useState<'linked' | 'full'>('linked');
  const [start, setStart] = useState(false);
  const noChoice = offer('clones.start:full');
  const bad = isName(newName) ? undefined : t('clone.nameBad');
  const refused = offer('clones.start') ?? (plan.refused && `${plan.refused.reason} ${plan.refused.remedy}`);
  const clone = useAction((api) => api.clones.start({ ...of, newName, mode, start }), {
    onDone: () => {
      const open = {
        label: t('clone.open', { name: newName }),
        onClick: () => navigate(`/machines/${of.namespace}/${newName}`),
      };
      toast({ title: t('clone.began', { name: newName }), action: open });
      onClose();
    },
  });
  const why = refused ?? bad;
  const submit = (): void => {
    if (why === undefined) void clone.run(undefined);
  };
  const size = plan.disks.reduce((sum, disk) => sum + (disk.size ?? 0), 0);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('clone.title', { name: of.name })}
      cancel
      footer={
        <Button tone="primary" busy={clone.busy} why={why} onClick={submit}>
          {t('clone.go')}
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
        {plan.refused && (
          <Banner tone="warning" title={plan.refused.reason}>
            {plan.refused.remedy}
          </Banner>
        )}
        <TextField
          label={t('clone.name')}
          value={newName}
          onChange={setNewName}
          error={bad ?? clone.problem?.fields?.['newName']}
          maxLength={63}
        />
        {noChoice === undefined ? (
          <RadioCards
            label={t('clone.mode')}
            value={mode}
            onChange={setMode}
            columns={2}
            options={[
              { value: 'linked', title: t('clone.linked'), detail: t('clone.linkedDetail') },
              { value: 'full', title: t('clone.full'), detail: t('clone.fullDetail', { size: bytes(size) }) },
            ]}
          />
        ) : (
          <p className={css.quiet}>{noChoice}</p>
        )}
        <Banner tone="note" title={t('clone.new')}>
          <ul className={css.list}>
            <li>{t('clone.newHere')}</li>
            {plan.state === 'copied' && <li>{t('clone.state')}</li>}
            <li>{plan.cloudInit ? t('clone.newGuest') : t('clone.sameGuest', { name: of.name })}</li>
            <li>{t('clone.machineId')}</li>
            {plan.running && <li>{t('clone.running', { name: of.name })}</li>}
          </ul>
        </Banner>
        <Checkbox label={t('clone.start')} checked={start} onChange={setStart} />
        {clone.problem && <ProblemView problem={clone.problem} compact />}
      </form>
    </Dialog>
  );
}
