import type { ReactNode } from 'react';
import { Select } from '../../ui/select.tsx';
import { Switch } from '../../ui/switch.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './create.module.css';
import { ForwardsPart } from './forwards-part.tsx';
import { cardModels, NicsPart } from './nics-part.tsx';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

/** The machine's cards, and the ports of this computer that lead to it. */
export function NetworkSection({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  return (
    <>
      <Switch
        label={t('network.on')}
        hint={t('network.on.hint')}
        checked={draft.podNetwork}
        onChange={(podNetwork) => set({ podNetwork })}
      />
      {draft.podNetwork && (
        <div className={css.two}>
          <Select
            label={t('network.model')}
            value={draft.model}
            onChange={(model) => set({ model })}
            error={form.error('network.model')}
            options={cardModels}
          />
          <TextField
            label={t('network.mac')}
            mono
            optional
            value={draft.mac}
            onChange={(mac) => set({ mac })}
            onBlur={() => form.touch('network.mac')}
            hint={t('network.mac.hint')}
            error={form.error('network.mac')}
          />
        </div>
      )}
      <NicsPart form={form} />
      {draft.podNetwork && <ForwardsPart form={form} />}
    </>
  );
}
