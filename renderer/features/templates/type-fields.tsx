import type { ReactNode } from 'react';
import type { TypeRow } from '../../../main/contract/templates.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { Select } from '../../ui/select.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './templates.module.css';
import { t } from './text.ts';
import type { TypeForm } from './type-wish.ts';

interface Props {
  kind: TypeRow['kind'];
  form: TypeForm;
  onChange: (form: TypeForm) => void;
}

/** The usual fields of an own instance type or preference. */
export function TypeFields({ kind, form, onChange }: Props): ReactNode {
  const set = (more: Partial<TypeForm>): void => onChange({ ...form, ...more });
  const open = { value: '' as const, label: t('types.form.open') };
  const of = <T extends string>(...values: T[]) => values.map((value) => ({ value, label: value }));
  return (
    <div className={css.two}>
      <TextField label={t('types.form.name')} mono value={form.name} onChange={(name) => set({ name })} />
      <TextField label={t('types.form.namespace')} mono value={form.namespace} onChange={(namespace) => set({ namespace })} />
      <NumberField label={t('types.form.cpus')} value={form.cpus} min={1} max={512} onChange={(cpus) => set({ cpus })} />
      <SizeField label={t('types.form.memory')} value={form.memory} onChange={(memory) => set({ memory })} />
      {kind.endsWith('Preference') && (
        <>
          <Select label={t('types.form.diskBus')} value={form.diskBus} onChange={(diskBus) => set({ diskBus })} options={[open, ...of('virtio', 'sata', 'scsi')]} />
          <Select label={t('types.form.network')} value={form.network} onChange={(network) => set({ network })} options={[open, ...of('virtio', 'e1000e')]} />
          <Select
            label={t('types.form.firmware')}
            value={form.firmware}
            onChange={(firmware) => set({ firmware })}
            options={[open, { value: 'bios', label: 'BIOS' }, { value: 'uefi', label: 'UEFI' }, { value: 'secure', label: 'UEFI, Secure Boot' }]}
          />
          <Checkbox label={t('types.form.tpm')} checked={form.tpm} onChange={(tpm) => set({ tpm })} />
          <Checkbox label={t('types.form.pointer')} checked={form.pointer} onChange={(pointer) => set({ pointer })} />
        </>
      )}
    </div>
  );
} // prettier-ignore
