import type { ReactNode } from 'react';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Select } from '../../ui/select.tsx';
import { Switch } from '../../ui/switch.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './create.module.css';
import type { WindowsDraft } from './draft.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

const tpms = ['preferred', 'none', 'once', 'persistent'] as const;
const pointers = ['preferred', 'none', 'usb', 'virtio'] as const;
const sounds = ['none', 'ich9', 'ac97'] as const;

/** TPM, pointer, sound, and the one choice that sets all of them for Windows 11. */
export function DevicesSection({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  const lack = useOffer()('machines.create:vtpm');
  const wantsTpm = draft.windows.on || draft.tpm === 'once' || draft.tpm === 'persistent';
  return (
    <>
      <Switch
        label={t('windows')}
        hint={t('windows.hint')}
        checked={draft.windows.on}
        onChange={(on) =>
          set({
            windows: { ...draft.windows, on, answer: on },
            ...(on && { cloudInit: 'none' as const, rootSize: draft.rootSize ?? 64 * 1024 ** 3 }),
          })
        }
      />
      {wantsTpm && lack && (
        <Banner tone="warning" title={t('tpm')}>
          {lack}
        </Banner>
      )}
      {draft.windows.on && <WindowsFields form={form} />}
      <div className={css.two}>
        {!draft.windows.on && (
          <>
            <Select
              label={t('tpm')}
              value={draft.tpm}
              onChange={(tpm) => set({ tpm })}
              error={form.error('tpm')}
              options={tpms.map((value) => ({
                value,
                label: t(`tpm.${value}`),
                ...((value === 'once' || value === 'persistent') && lack && { detail: lack, disabled: true }),
              }))}
            />
            <Select
              label={t('pointer')}
              hint={t('pointer.hint')}
              value={draft.pointer}
              onChange={(pointer) => set({ pointer })}
              options={pointers.map((value) => ({ value, label: t(`pointer.${value}`) }))}
            />
          </>
        )}
        <Select
          label={t('sound')}
          hint={t('sound.hint')}
          value={draft.sound}
          onChange={(sound) => set({ sound })}
          error={form.error('sound')}
          options={sounds.map((value) => ({ value, label: t(`sound.${value}`) }))}
        />
      </div>
    </>
  );
}

function WindowsFields({ form }: { form: Form }): ReactNode {
  const { draft } = form;
  const { windows } = draft;
  const set = (more: Partial<WindowsDraft>): void => form.set({ windows: { ...windows, ...more } });
  const discs = form.images.filter(({ kind }) => kind === 'iso');
  return (
    <>
      <RadioCards
        label={t('windows.devices')}
        columns={2}
        value={windows.devices}
        onChange={(devices) => set({ devices })}
        options={(['virtio', 'compatible'] as const).map((value) => ({
          value,
          title: t(`windows.devices.${value}`),
          detail: t(`windows.devices.${value}.detail`),
        }))}
      />
      <Select
        label={t('windows.drivers')}
        hint={t('windows.drivers.hint')}
        value={windows.drivers}
        onChange={(drivers) => set({ drivers })}
        error={form.error('windows.drivers')}
        options={[
          { value: 'none', label: t('windows.drivers.none') },
          ...discs.map((row) => ({ value: `${row.namespace}/${row.name}`, label: row.displayName })),
          { value: 'container', label: t('windows.drivers.container') },
        ]}
      />
      <Switch
        label={t('windows.answer')}
        hint={t('windows.answer.hint')}
        checked={windows.answer}
        onChange={(answer) => set({ answer })}
      />
      {windows.answer && (
        <div className={css.two}>
          <TextField
            label={t('windows.user')}
            value={draft.user}
            onChange={(user) => form.set({ user })}
            error={form.error('windows.answers.user')}
          />
          <TextField
            label={t('windows.password')}
            type="password"
            value={draft.password}
            onChange={(password) => form.set({ password })}
            error={form.error('windows.answers.password')}
          />
          <TextField
            label={t('windows.language')}
            value={windows.language}
            onChange={(language) => set({ language })}
            error={form.error('windows.answers.language')}
          />
          <TextField
            label={t('windows.edition')}
            hint={t('windows.edition.hint')}
            optional
            value={windows.edition}
            onChange={(edition) => set({ edition })}
          />
          <TextField
            label={t('windows.key')}
            optional
            mono
            value={windows.productKey}
            onChange={(productKey) => set({ productKey })}
            error={form.error('windows.answers.productKey')}
          />
          <TextField
            label={t('windows.timeZone')}
            hint={t('windows.timeZone.hint')}
            value={windows.timeZone}
            onChange={(timeZone) => set({ timeZone })}
          />
        </div>
      )}
    </>
  );
}
