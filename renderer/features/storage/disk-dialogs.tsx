import { useState } from 'react';
import type { ReactNode } from 'react';
import type { StorageDisk } from '../../../main/contract/storage.ts';
import { machines, useList } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import { t as common } from '../machines/text.ts';
import css from './storage.module.css';
import { t } from './text.ts';

interface Props {
  row: StorageDisk;
  onClose: () => void;
}
const buses = ['scsi', 'virtio'] as const;

export function AttachDialog({ row, onClose }: Props): ReactNode {
  const own = useList(machines).items.filter(({ namespace }) => namespace === row.namespace);
  const [machine, setMachine] = useState('');
  const [disk, setDisk] = useState(row.name.slice(-63).replace(/^[^a-z0-9]+/, ''));
  const [bus, setBus] = useState<(typeof buses)[number]>('scsi');
  const attach = useAction(
    (api, name: string) => api.hardware.attach({ namespace: row.namespace, name, disk, bus, source: { type: 'existing', claim: row.name } }),
    {
      onDone: (_value, name) => {
        toast({ title: t('attached', { name: row.displayName, machine: name }), tone: 'ok' });
        onClose();
      },
    },
  ); // prettier-ignore
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('attach.title', { name: row.displayName })}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button tone="primary" busy={attach.busy} why={machine ? undefined : t('attach.machine')} onClick={() => void attach.run(machine)}>
            {t('attach.confirm')}
          </Button>
        </>
      } // prettier-ignore
    >
      <div className={css.form}>
        {own.length === 0 ? (
          <p>{t('attach.noMachine')}</p>
        ) : (
          <Combobox
            label={t('attach.machine')}
            value={machine}
            onChange={setMachine}
            options={own.map(({ name }) => ({ value: name, label: name }))}
          />
        )}
        <TextField
          label={t('attach.disk')}
          value={disk}
          onChange={setDisk}
          mono
          error={attach.problem?.fields?.['disk']}
        />
        <Select
          label={t('attach.bus')}
          hint={t('attach.busHint')}
          value={bus}
          onChange={(value) => setBus(buses.find((each) => each === value) ?? 'scsi')}
          options={buses.map((value) => ({ value, label: value }))}
        />
        {attach.problem && <ProblemView problem={attach.problem} compact />}
      </div>
    </Dialog>
  );
}

export function ImageDialog({ row, onClose }: Props): ReactNode {
  const [image, setImage] = useState(row.name.slice(0, 63));
  const [displayName, setDisplayName] = useState(row.displayName);
  const make = useAction(
    (api, _none: undefined) => api.storage.makeImage({ namespace: row.namespace, name: row.name, image, displayName }),
    {
      onDone: () => {
        toast({ title: t('image.started', { name: row.displayName }) });
        onClose();
      },
    },
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('image.title', { name: row.displayName })}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button tone="primary" busy={make.busy} onClick={() => void make.run(undefined)}>
            {t('image.confirm')}
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <p>{t('image.text')}</p>
        <TextField label={t('image.displayName')} value={displayName} onChange={setDisplayName} maxLength={200} />
        <TextField
          label={t('image.name')}
          value={image}
          onChange={setImage}
          mono
          error={make.problem?.fields?.['image']}
        />
        {make.problem && <ProblemView problem={make.problem} compact />}
      </div>
    </Dialog>
  );
}
