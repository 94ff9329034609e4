import type { ReactNode } from 'react';
import { bytes } from '../../lib/format.ts';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './hardware.module.css';
import type { PartProps } from './settings-wish.ts';
import { t } from './text.ts';

const firmwares = ['preferred', 'bios', 'uefi', 'uefi-secure'] as const;
const tpms = ['none', 'until-off', 'kept'] as const;
const models = ['virtio', 'e1000', 'e1000e', 'rtl8139'] as const;

/** What is seldom changed: firmware, TPM, room to grow, the cards. */
export function SettingsAdvanced({ form, wish, wrong, put }: PartProps): ReactNode {
  const { size } = form;
  return (
    <details className={css.advanced}>
      <summary>{t('form.advanced')}</summary>
      <div className={css.fields}>
        <Select
          label={t('form.firmware')}
          hint={t('form.firmware.hint')}
          value={wish.firmware ?? form.firmware}
          onChange={(firmware) => put({ firmware })}
          options={firmwares.map((value) => ({
            value,
            label: value === 'preferred' ? t('form.firmware.preferred') : t(`firmware.${value}`),
          }))}
        />
        <Select
          label={t('form.tpm')}
          value={wish.tpm ?? form.tpm}
          onChange={(tpm) => put({ tpm })}
          options={tpms.map((value) => ({ value, label: t(`form.tpm.${value}`) }))}
        />
        {size.type === 'free' && (
          <>
            <TextField
              label={t('form.maxSockets')}
              optional
              inputMode="numeric"
              hint={t('form.max.hint')}
              value={wish.maxSockets ?? String(size.maxSockets ?? '')}
              onChange={(maxSockets) => put({ maxSockets })}
              error={wrong.has('maxSockets') ? t('form.maxSockets.bad', { n: size.sockets ?? 1 }) : undefined}
            />
            <TextField
              label={t('form.maxMemory')}
              optional
              hint={t('form.max.hint')}
              value={wish.maxMemory ?? (size.maxMemory === undefined ? '' : bytes(size.maxMemory))}
              onChange={(maxMemory) => put({ maxMemory })}
              error={wrong.has('maxMemory') ? t('form.maxMemory.bad', { size: bytes(size.memory ?? 1) }) : undefined}
            />
          </>
        )}
        {form.interfaces.map((nic) => (
          <Card key={nic.name} nic={nic} wish={wish} wrong={wrong} put={put} />
        ))}
      </div>
    </details>
  );
}

type CardProps = Omit<PartProps, 'form'> & { nic: PartProps['form']['interfaces'][number] };
function Card({ nic, wish, wrong, put }: CardProps): ReactNode {
  const { name, model, mac = '' } = nic;
  const known = models.some((each) => each === model) || model === '' ? [] : [{ value: model, label: model }];
  return (
    <>
      <Select
        label={t('form.model', { name })}
        value={wish.models?.[name] ?? model}
        onChange={(next) => put({ models: { ...wish.models, [name]: next } })}
        options={[
          { value: '' as const, label: t('form.model.default') },
          ...known,
          ...models.map((value) => ({ value, label: value })),
        ]}
      />
      <TextField
        label={t('form.mac', { name })}
        optional
        mono
        value={wish.macs?.[name] ?? mac}
        onChange={(next) => put({ macs: { ...wish.macs, [name]: next } })}
        error={wrong.has(`mac ${name}`) ? t('form.mac.bad') : undefined}
      />
    </>
  );
}
