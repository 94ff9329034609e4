import type { ReactNode } from 'react';
import { useOffer } from '../../lib/use-offer.ts';
import { Combobox } from '../../ui/combobox.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Select } from '../../ui/select.tsx';
import { Switch } from '../../ui/switch.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './create.module.css';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

const strategies = ['RerunOnFailure', 'Always', 'Manual', 'Once', 'Halted'] as const;
const firmwares = ['preferred', 'bios', 'uefi', 'uefi-secure'] as const;

/** How it behaves: explained by what happens, not by KubeVirt's word for it. */
export function AdvancedSection({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  const noSecureBoot = useOffer()('machines.create:secureBoot');
  return (
    <>
      <RadioCards
        label={t('strategy')}
        columns={2}
        value={draft.runStrategy}
        onChange={(runStrategy) => set({ runStrategy, start: runStrategy !== 'Halted' })}
        options={strategies.map((value) => ({
          value,
          title: t(`strategy.${value}`),
          detail: t(`strategy.${value}.detail`),
        }))}
      />
      {draft.runStrategy !== 'Halted' && (
        <Switch label={t('start')} checked={draft.start} onChange={(start) => set({ start })} />
      )}
      <div className={css.two}>
        <Select
          label={t('firmware')}
          value={draft.firmware}
          onChange={(firmware) => set({ firmware })}
          error={form.error('firmware')}
          options={firmwares.map((value) => ({
            value,
            label: t(`firmware.${value}`),
            ...(value === 'uefi-secure' && noSecureBoot && { detail: noSecureBoot, disabled: true }),
          }))}
        />
        <Combobox
          label={t('preference')}
          value={draft.preference}
          onChange={(preference) => set({ preference })}
          hint={t('preference.hint')}
          error={form.error('preference')}
          options={[
            { value: '', label: t('preference.auto'), detail: form.image?.preference },
            ...form.preferences.map((each) => ({
              value: each.name,
              label: each.displayName || each.name,
              detail: each.name,
            })),
          ]}
        />
        <TextField
          label={t('description')}
          optional
          value={draft.description}
          onChange={(description) => set({ description })}
          maxLength={1000}
        />
        <TextField
          label={t('namespace')}
          mono
          value={draft.namespace}
          onChange={(namespace) => set({ namespace })}
          onBlur={() => form.touch('namespace')}
          error={form.error('namespace')}
        />
      </div>
    </>
  );
}
