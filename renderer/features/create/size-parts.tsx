import type { ReactNode } from 'react';
import { bytes } from '../../lib/format.ts';
import { Combobox } from '../../ui/combobox.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './create.module.css';
import { quickSizes } from './suggest.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

/** A handful of ready sizes; one that does not fit says why. */
export function SizeCards({ form }: { form: Form }): ReactNode {
  const { draft, types } = form;
  const quick = quickSizes(types);
  return (
    <>
      <RadioCards
        label={t('size')}
        hideLabel
        columns={3}
        value={draft.size === 'instancetype' ? draft.instancetype : undefined}
        onChange={(instancetype) => form.set({ size: 'instancetype', instancetype })}
        options={quick.map((type) => ({
          value: type.name,
          title: t('size.detail', { cpus: type.cpus, memory: bytes(type.memory) }),
          detail: type.name,
          why: type.fits ? undefined : (noRoom(form, type.memory) ?? type.why),
        }))}
      />
      <FitLine form={form} />
      {form.error('size.name') && (
        <p role="alert" className={css.error}>
          {form.error('size.name')}
        </p>
      )}
    </>
  );
}

/** Short, for a card; the line under the cards has the whole sentence. */
const noRoom = ({ fit }: Form, memory: number): string | undefined =>
  fit.is !== 'unknown' && memory > fit.free ? t('size.noRoom', { free: bytes(fit.free) }) : undefined;

/** Whether it fits, while it is being chosen. */
function FitLine({ form: { fit } }: { form: Form }): ReactNode {
  if (fit.is === 'unknown') return <p className={css.fit}>{t('fit.unknown')}</p>;
  const values = { cpus: fit.cpus, all: fit.allCpus, memory: bytes(fit.memory), free: bytes(fit.free) };
  const tone = fit.is === 'ok' ? 'ok' : fit.is === 'slow' ? 'warning' : 'problem';
  const key = fit.is === 'ok' ? 'fit.ok' : fit.is === 'slow' ? 'fit.cpus' : 'fit.memory';
  return (
    <output className={css.fit}>
      <ToneIcon tone={tone} />
      {t(key, values)}
    </output>
  );
}

/** Any instance type, or figures of one's own. */
export function SizeSection({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  const product = Number(draft.sockets) * Number(draft.cores) * Number(draft.threads);
  const part = (name: 'sockets' | 'cores' | 'threads'): ReactNode => (
    <TextField
      label={t(`size.${name}`)}
      inputMode="numeric"
      value={draft[name]}
      onChange={(value) => set({ [name]: value })}
      onBlur={() => form.touch(`size.${name}`)}
      error={form.error(`size.${name}`)}
    />
  );
  return (
    <>
      <RadioCards
        label={t('size.kind')}
        hideLabel
        columns={2}
        value={draft.size}
        onChange={(size) => set({ size })}
        options={[
          { value: 'instancetype', title: t('size.type'), detail: t('size.type.hint') },
          { value: 'free', title: t('size.free'), detail: t('size.free.hint') },
        ]}
      />
      {draft.size === 'instancetype' ? (
        <Combobox
          label={t('size.type.field')}
          value={draft.instancetype}
          onChange={(instancetype) => set({ instancetype })}
          error={form.error('size.name')}
          options={form.types.map((type) => ({
            value: type.name,
            label: type.name,
            detail: [t('size.detail', { cpus: type.cpus, memory: bytes(type.memory) }), type.fits ? '' : type.why]
              .filter(Boolean)
              .join('. '),
            disabled: !type.fits,
          }))}
        />
      ) : (
        <>
          <div className={css.four}>
            {part('sockets')}
            {part('cores')}
            {part('threads')}
            <SizeField
              label={t('size.memory')}
              value={Number.isFinite(draft.memory) ? draft.memory : undefined}
              onChange={(memory) => set({ memory: memory ?? Number.NaN })}
              min={16 * 1024 ** 2}
              error={form.error('size.memory')}
            />
          </div>
          {Number.isInteger(product) && <p className={css.note}>{t('size.total', { n: product })}</p>}
        </>
      )}
      <FitLine form={form} />
    </>
  );
}
