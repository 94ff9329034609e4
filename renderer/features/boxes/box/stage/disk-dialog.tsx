import { useState } from 'react';
import type { BoxDisk } from '../../../../../main/contract/box/state.ts';
import { bytes } from '../../../../lib/format.ts';
import { Banner } from '../../../../ui/banner.tsx';
import { Checkbox } from '../../../../ui/checkbox.tsx';
import { ConfirmDialog } from '../../../../ui/confirm-dialog.tsx';
import { KeyValue } from '../../../../ui/key-value.tsx';
import { TextField } from '../../../../ui/text-field.tsx';
import css from '../../boxes.module.css';
import { useAct } from '../door.ts';
import { t } from '../text.ts';

/** Erasing a disk: what is on it, and the end of its serial number typed. */
export function DiskDialog({ disk, onClose }: { disk: BoxDisk; onClose: () => void }) {
  const [confirm, setConfirm] = useState('');
  const [reinstall, setReinstall] = useState(false);
  const act = useAct({ onDone: onClose });
  const end = disk.serial.slice(-4);
  const why =
    disk.hearth && !reinstall
      ? t('erase.sayReinstall')
      : confirm.trim() === end
        ? undefined
        : t('erase.typeFirst', { n: end.length });
  const { serial, size, wwn } = disk;
  return (
    <ConfirmDialog
      open
      danger
      size="medium"
      title={t('erase', { disk: disk.model || disk.name })}
      confirmLabel={t('erase.confirm')}
      onClose={onClose}
      busy={act.busy}
      problem={act.problem}
      why={why}
      onConfirm={() =>
        void act.run({
          do: 'choose-disk',
          disk: { serial, size, ...(wwn !== undefined && { wwn }) },
          confirm: confirm.trim(),
          reinstall,
        })
      }
    >
      <div className={css.stack}>
        <KeyValue
          items={[
            { label: t('disk.size'), value: bytes(disk.size) },
            { label: t('disk.serial'), value: disk.serial, mono: true },
            { label: t('disk.now'), value: disk.content === 'blank' ? t('disk.blank') : disk.content },
          ]}
        />
        {disk.partitions.length > 0 && (
          <ul className={css.names} aria-label={t('disk.partitions')}>
            {disk.partitions.map((part) => (
              <li key={part.name}>
                <span>{[part.label ?? part.name, part.filesystem].filter(Boolean).join(' · ')}</span>
                <span className={css.muted}>{bytes(part.size)}</span>
              </li>
            ))}
          </ul>
        )}
        <Banner tone="warning" title={t('erase.all')}>
          {t('erase.text')}
        </Banner>
        {disk.hearth && (
          <Checkbox
            label={t('erase.reinstall', { name: disk.hearth.hostName })}
            hint={t('erase.reinstallHint')}
            checked={reinstall}
            onChange={setReinstall}
          />
        )}
        <TextField
          label={t('erase.type', { n: end.length })}
          hint={t('erase.typeHint', { end })}
          value={confirm}
          onChange={setConfirm}
          maxLength={8}
          mono
        />
      </div>
    </ConfirmDialog>
  );
}
