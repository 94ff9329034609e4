import type { ReactNode } from 'react';
import { bytes } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { Select } from '../../ui/select.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './create.module.css';
import type { Bus, Draft } from './draft.ts';
import { freeName } from './suggest.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

const buses: { value: Bus; label: string }[] = (['virtio', 'sata', 'scsi'] as const).map((value) => ({
  value,
  label: t(`bus.${value}`),
}));

/** The root disk and more. */
export function DisksSection({ form }: { form: Form }): ReactNode {
  const { draft, set, image } = form;
  const disks = draft.extraDisks;
  const change = (at: number, part: Partial<Draft['extraDisks'][number]>): void =>
    set({ extraDisks: disks.map((disk, each) => (each === at ? { ...disk, ...part } : disk)) });
  const own = draft.source === 'image' ? image?.virtualSize : undefined;
  return (
    <>
      <div className={css.two}>
        <SizeField
          label={t('disks.root')}
          value={draft.rootSize}
          onChange={(size) => setRoot(form, size)}
          placeholder={own === undefined ? undefined : bytes(own)}
          optional={draft.source === 'image'}
          hint={own === undefined ? t('disks.root.hintBlank') : t('disks.root.hint', { size: bytes(own) })}
          error={form.error('rootDisk.size')}
        />
        <Select label={t('disks.bus')} value={draft.rootBus} onChange={(rootBus) => set({ rootBus })} options={buses} />
      </div>
      {disks.length > 0 && <h3>{t('disks.extra')}</h3>}
      {disks.map((disk, at) => (
        // oxlint-disable-next-line no-array-index-key -- a disk's name is being edited
        <div key={at} className={css.row}>
          <TextField
            label={t('disks.name')}
            value={disk.name}
            onChange={(name) => change(at, { name })}
            onBlur={() => form.touch(`extraDisks.${at}.name`)}
            error={form.error(`extraDisks.${at}.name`)}
          />
          <SizeField
            label={t('disks.size')}
            value={Number.isFinite(disk.size) ? disk.size : undefined}
            onChange={(size) => change(at, { size: size ?? Number.NaN })}
            hint={disk.image && t('disks.of', { name: disk.image.name })}
            error={form.error(`extraDisks.${at}.size`)}
          />
          <Select label={t('disks.bus')} value={disk.bus} onChange={(bus) => change(at, { bus })} options={buses} />
          <IconButton
            icon={TrashIcon}
            label={t('disks.remove', { name: disk.name })}
            onClick={() => set({ extraDisks: disks.filter((_, each) => each !== at) })}
          />
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={PlusIcon}
          onClick={() => {
            const name = freeName('data', new Set(disks.map((disk) => disk.name)));
            set({ extraDisks: [...disks, { name, size: 10 * 1024 ** 3, bus: 'virtio' }] });
          }}
        >
          {t('disks.add')}
        </Button>
      </div>
    </>
  );
}

function setRoot(form: Form, size: number | undefined): void {
  form.touch('rootDisk.size');
  form.set({ rootSize: size });
}
