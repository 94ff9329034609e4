import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ChangeDisk, HardwareDisk } from '../../../main/contract/hardware.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { bytes } from '../../lib/format.ts';
import { target, useLive } from '../../lib/resources.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Select } from '../../ui/select.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import css from './hardware.module.css';
import { t } from './text.ts';
import { tell } from './use-hardware.ts';

const gib = 2 ** 30;

export interface Asked {
  disk: HardwareDisk;
  action: 'grow' | 'detach' | 'insert' | 'settings';
}
interface Props {
  of: ObjectRef;
  asked: Asked;
  running: boolean;
  onClose: () => void;
}
type Part = Omit<Props, 'asked'> & { disk: HardwareDisk };

/** What is asked before a disk is changed. */
export function DiskDialogs({ asked: { disk, action }, ...rest }: Props): ReactNode {
  const Ask = { grow: Grow, detach: Detach, insert: Insert, settings: Settings }[action];
  return <Ask disk={disk} {...rest} />;
}

function Grow({ of, disk, onClose }: Part): ReactNode {
  const now = disk.size ?? disk.capacity ?? 0;
  const [size, setSize] = useState<number | undefined>(() => twice(now));
  const grow = useAction((api, bigger: number) => api.hardware.grow({ ...of, claim: disk.claim ?? '', size: bigger }), {
    onDone: () => {
      tell(t('done.grown', { name: disk.name }), disk.name, 'now');
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => size !== undefined && void grow.run(size)}
      title={t('grow.title', { name: disk.name })}
      confirmLabel={t('grow.confirm')}
      busy={grow.busy}
      problem={grow.problem}
      why={size === undefined || size <= now ? t('grow.hint', { size: bytes(now) }) : undefined}
    >
      <SizeField
        label={t('grow.size')}
        hint={t('grow.hint', { size: bytes(now) })}
        value={size}
        onChange={setSize}
        min={now + 1}
      />
    </ConfirmDialog>
  );
}

/** Twice as much, in whole gibibytes where there are some. */
const twice = (size: number): number => (size < gib ? size * 2 : Math.round((size * 2) / gib) * gib);

function Detach({ of, disk, running, onClose }: Part): ReactNode {
  const [deleteDisk, setDeleteDisk] = useState(false);
  const detach = useAction(
    (api, remove: boolean) => api.hardware.detach({ ...of, disk: disk.name, deleteDisk: remove }),
    {
      onDone: ({ when }) => {
        tell(t('done.detached', { name: disk.name }), disk.name, when);
        onClose();
      },
    },
  );
  return (
    <ConfirmDialog
      open
      danger
      onClose={onClose}
      onConfirm={() => void detach.run(deleteDisk)}
      title={t('detach.title', { name: disk.name })}
      confirmLabel={t('detach.confirm')}
      busy={detach.busy}
      problem={detach.problem}
    >
      <div className={css.form}>
        <p>{t('detach.text')}</p>
        {running && !(disk.hotpluggable && disk.kind !== 'cdrom') && <p>{t('detach.restart')}</p>}
        {disk.claim !== undefined && (
          <Checkbox label={t('detach.delete')} checked={deleteDisk} onChange={setDeleteDisk} />
        )}
      </div>
    </ConfirmDialog>
  );
}

function Insert({ of, disk, onClose }: Part): ReactNode {
  const { value: place } = useLive(target);
  const choices = useCall(['disk-choices', place?.id, of], (api, signal) => api.hardware.choices(of, { signal }), {
    staleMs: 0,
  });
  const [chosen, setChosen] = useState<string>();
  const discs = choices.value?.discs ?? [];
  const image = discs.find(({ name }) => name === chosen);
  const insert = useAction((api, ref: ObjectRef) => api.hardware.insert({ ...of, disk: disk.name, image: ref }), {
    onDone: ({ when }) => {
      tell(t('done.inserted', { name: disk.name }), disk.name, when);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => image && void insert.run({ namespace: image.namespace, name: image.name })}
      title={t('insert.title', { name: disk.name })}
      confirmLabel={t('insert.confirm')}
      busy={insert.busy}
      problem={insert.problem ?? choices.problem}
      why={image ? undefined : choices.value && discs.length === 0 ? t('insert.none') : t('insert.disc')}
    >
      <Select
        label={t('insert.disc')}
        value={chosen ?? ''}
        onChange={setChosen}
        placeholder={t('insert.disc')}
        options={discs.map((disc) => ({ value: disc.name, label: `${disc.displayName} (${bytes(disc.size)})` }))}
      />
      {choices.value && discs.length === 0 && <p className={css.muted}>{t('insert.none')}</p>}
    </ConfirmDialog>
  );
}

type Bus = NonNullable<ChangeDisk['bus']>;
type Cache = NonNullable<ChangeDisk['cache']>;

function Settings({ of, disk, onClose }: Part): ReactNode {
  const [bus, setBus] = useState(disk.bus);
  const [cache, setCache] = useState(disk.cache ?? 'default');
  const change = useAction(
    (api, input: { bus: Bus; cache: Cache }) => api.hardware.changeDisk({ ...of, disk: disk.name, ...input }),
    {
      onDone: ({ when }) => {
        tell(t('settings.title', { name: disk.name }), disk.name, when);
        onClose();
      },
    },
  );
  // KubeVirt knows no virtio CD drives, and takes only these two while a machine runs.
  const buses =
    disk.kind === 'cdrom'
      ? ['sata', 'scsi']
      : disk.hotpluggable
        ? ['virtio', 'scsi']
        : ['virtio', 'scsi', 'sata', 'usb'];
  const unchanged = bus === disk.bus && cache === (disk.cache ?? 'default');
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => void change.run({ bus: bus as Bus, cache: cache as Cache })}
      title={t('settings.title', { name: disk.name })}
      confirmLabel={t('settings.confirm')}
      busy={change.busy}
      problem={change.problem}
      why={unchanged ? t('size.unchanged') : undefined}
    >
      <div className={css.form}>
        <p className={css.muted}>{t('settings.text')}</p>
        <Select
          label={t('attach.bus')}
          value={bus}
          onChange={setBus}
          options={buses.map((value) => ({ value, label: t(`bus.${value as Bus}`) }))}
        />
        <Select
          label={t('cache')}
          value={cache}
          onChange={setCache}
          options={(['default', 'none', 'writeback'] as const).map((value) => ({ value, label: t(`cache.${value}`) }))}
        />
        <p className={css.muted}>{t('settings.limits')}</p>
      </div>
    </ConfirmDialog>
  );
}
