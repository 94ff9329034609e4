import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Attach } from '../../../main/contract/hardware.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { bytes } from '../../lib/format.ts';
import { target, useLive } from '../../lib/resources.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Select } from '../../ui/select.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './hardware.module.css';
import { nameProblem } from './names.ts';
import { t } from './text.ts';
import { tell } from './use-hardware.ts';

interface Props {
  of: ObjectRef;
  open: boolean;
  taken: readonly string[];
  onClose: () => void;
}

/** A new disk, or one that is there and that no machine has. */
export function AttachDialog(props: Props): ReactNode {
  return props.open ? <Attaching {...props} /> : null;
}

function Attaching({ of, taken, onClose }: Props): ReactNode {
  const { value: place } = useLive(target);
  const choices = useCall(['disk-choices', place?.id, of], (api, signal) => api.hardware.choices(of, { signal }), {
    staleMs: 0,
  });
  const [name, setName] = useState(() => freeName(taken));
  const offer = useOffer();
  const [from, setFrom] = useState<'blank' | 'existing'>('blank');
  const [size, setSize] = useState<number | undefined>(10 * 2 ** 30);
  const [storageClass, setStorageClass] = useState<string>();
  const [claim, setClaim] = useState<string>();
  const [bus, setBus] = useState<'scsi' | 'virtio'>('scsi');
  const attach = useAction(
    (api, input: Omit<Attach, 'namespace' | 'name'>) => api.hardware.attach({ ...of, ...input }),
    {
      onDone: () => {
        tell(t('done.attached', { name }), name, 'now');
        onClose();
      },
    },
  );
  const classes = choices.value?.storageClasses ?? [];
  const usual = classes.find(({ isDefault }) => isDefault)?.name;
  const disks = choices.value?.disks ?? [];
  const wrong = nameProblem(name, taken);
  const source: Attach['source'] | undefined =
    from === 'existing'
      ? claim === undefined
        ? undefined
        : { type: 'existing', claim }
      : size === undefined
        ? undefined
        : { type: 'blank', size, ...(storageClass !== undefined && { storageClass }) };
  const submit = (): void => {
    if (!wrong && source) void attach.run({ disk: name, bus, source });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('attach.title')}
      cancel
      footer={
        <Button
          tone="primary"
          busy={attach.busy}
          onClick={submit}
          why={
            (from === 'blank' ? offer('hardware.attach:new') : undefined) ??
            wrong ??
            (source ? undefined : t('attach.source'))
          }
        >
          {t('attach.confirm')}
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
        <RadioCards
          label={t('attach.source')}
          value={from}
          onChange={setFrom}
          columns={2}
          options={[
            { value: 'blank', title: t('attach.blank') },
            {
              value: 'existing',
              title: t('attach.existing'),
              ...(disks.some(({ usedBy }) => usedBy === undefined) ? {} : { why: t('attach.noDisks') }),
            },
          ]}
        />
        {from === 'blank' ? (
          <>
            <SizeField label={t('attach.size')} value={size} onChange={setSize} min={2 ** 20} />
            {classes.length > 1 && (
              <Select
                label={t('attach.class')}
                value={storageClass ?? usual ?? ''}
                onChange={setStorageClass}
                options={classes.map((each) => ({ value: each.name, label: each.name }))}
              />
            )}
          </>
        ) : (
          <Select
            label={t('attach.disk')}
            value={claim ?? ''}
            onChange={setClaim}
            placeholder={t('attach.source')}
            options={disks.map((disk) => ({
              value: disk.name,
              label: `${disk.displayName} (${bytes(disk.size)})`,
              ...(disk.usedBy === undefined
                ? {}
                : { detail: t('attach.usedBy', { name: disk.usedBy }), disabled: true }),
            }))}
          />
        )}
        <TextField label={t('attach.name')} value={name} onChange={setName} error={wrong} mono maxLength={63} />
        <Select
          label={t('attach.bus')}
          hint={t('attach.busHint')}
          value={bus}
          onChange={(value) => setBus(value === 'virtio' ? 'virtio' : 'scsi')}
          options={[
            { value: 'scsi', label: t('bus.scsi') },
            { value: 'virtio', label: t('bus.virtio') },
          ]}
        />
        {choices.problem && <ProblemView problem={choices.problem} compact />}
        {attach.problem && <ProblemView problem={attach.problem} compact />}
      </form>
    </Dialog>
  );
}

function freeName(taken: readonly string[]): string {
  for (let n = 1; ; n += 1) if (!taken.includes(`data-${n}`)) return `data-${n}`;
}
