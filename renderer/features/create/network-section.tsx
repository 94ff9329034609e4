import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { Select } from '../../ui/select.tsx';
import { Switch } from '../../ui/switch.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './create.module.css';
import type { Draft } from './draft.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

type Forward = Draft['forwards'][number];

/** The card and the ports of this computer that lead to it. */
export function NetworkSection({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  const { forwards } = draft;
  const change = (at: number, part: Partial<Forward>): void =>
    set({ forwards: forwards.map((forward, each) => (each === at ? { ...forward, ...part } : forward)) });
  const add = (guestPort: string): void =>
    set({ forwards: [...forwards, { guestPort, hostPort: '', protocol: 'TCP' }] });
  const has = (port: string): boolean => forwards.some((forward) => forward.guestPort === port);
  return (
    <>
      <Switch
        label={t('network.on')}
        hint={t('network.on.hint')}
        checked={draft.podNetwork}
        onChange={(podNetwork) => set({ podNetwork })}
      />
      {draft.podNetwork && (
        <>
          <div className={css.two}>
            <Select
              label={t('network.model')}
              value={draft.model}
              onChange={(model) => set({ model })}
              error={form.error('network.model')}
              options={(['virtio', 'e1000', 'e1000e', 'rtl8139'] as const).map((value) => ({
                value,
                label: t(`model.${value}`),
              }))}
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
          <h3>{t('network.forwards')}</h3>
          <p className={css.note}>{t('network.forwards.text')}</p>
          {forwards.map((forward, at) => (
            // oxlint-disable-next-line no-array-index-key -- a forward has no other name
            <div key={at} className={css.row}>
              <TextField
                label={t('network.guestPort')}
                inputMode="numeric"
                value={forward.guestPort}
                onChange={(guestPort) => change(at, { guestPort })}
                onBlur={() => form.touch(`network.forwards.${at}.guestPort`)}
                error={form.error(`network.forwards.${at}.guestPort`)}
              />
              <TextField
                label={t('network.hostPort')}
                inputMode="numeric"
                placeholder={t('network.any')}
                value={forward.hostPort}
                onChange={(hostPort) => change(at, { hostPort })}
                onBlur={() => form.touch(`network.forwards.${at}.hostPort`)}
                error={form.error(`network.forwards.${at}.hostPort`) ?? form.error('network.forwards')}
              />
              <Select
                label={t('network.protocol')}
                value={forward.protocol}
                onChange={(protocol) => change(at, { protocol })}
                options={[
                  { value: 'TCP', label: 'TCP' },
                  { value: 'UDP', label: 'UDP' },
                ]}
              />
              <IconButton
                icon={TrashIcon}
                label={t('network.remove', { port: forward.guestPort })}
                onClick={() => set({ forwards: forwards.filter((_, each) => each !== at) })}
              />
            </div>
          ))}
          <div className={css.under}>
            {!has('22') && (
              <Button size="small" icon={PlusIcon} onClick={() => add('22')}>
                {t('network.ssh')}
              </Button>
            )}
            {!has('80') && (
              <Button size="small" icon={PlusIcon} onClick={() => add('80')}>
                {t('network.http')}
              </Button>
            )}
            <Button size="small" icon={PlusIcon} onClick={() => add('')}>
              {t('network.add')}
            </Button>
          </div>
        </>
      )}
    </>
  );
}
