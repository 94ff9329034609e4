import type { ReactNode } from 'react';
import type { ApplianceHardware, ImportHardware } from '../../../main/contract/transfer.ts';
import { Select } from '../../ui/select.tsx';
import { t } from './text.ts';
import css from './transfer.module.css';

/** Firmware, disks and cards of an appliance: as its disk starts, until a person chooses otherwise. */
export function HardwarePart({ now, onChange }: { now: ImportHardware; onChange: (part: ApplianceHardware) => void }): ReactNode {
  return (
    <div className={css.two}>
      <Select
        label={t('import.firmware')}
        value={now.firmware}
        onChange={(firmware) => onChange({ firmware })}
        options={[
          { value: 'bios', label: 'BIOS' },
          { value: 'uefi', label: 'UEFI' },
          { value: 'uefi-secure', label: t('import.firmware.secure') },
        ]}
      />
      <Select
        label={t('import.drivers')}
        value={now.drivers}
        onChange={(drivers) => onChange({ drivers })}
        options={(['described', 'compatible', 'virtio'] as const).map((value) => ({ value, label: t(`import.drivers.${value}`) }))}
      />
    </div>
  );
} // prettier-ignore
