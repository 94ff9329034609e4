import type { ReactNode } from 'react';
import { nicNames } from '../../../main/contract/new-network.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { newMac } from '../cloud-init/network-form.ts';
import { networkOptions, useNetworks } from '../networks/use-networks.ts';
import css from './create.module.css';
import type { Draft, NetworkModel } from './draft.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

export const cardModels = (['virtio', 'e1000', 'e1000e', 'rtl8139'] as const).map((value: NetworkModel) => ({
  value,
  label: t(`model.${value}`),
}));

/** Cards on private networks and on the LAN, beside the one on the pod network. */
export function NicsPart({ form }: { form: Form }): ReactNode {
  const { draft, set } = form;
  const { nics } = draft;
  const offer = useOffer();
  const rows = useNetworks().items.filter(({ id }) => id !== 'pod');
  const names = nicNames(nics.map(({ network }) => network));
  const give = (network: string): boolean => rows.some(({ id, kind, range }) => id === network && (range !== undefined || kind === 'lan')); // prettier-ignore
  const change = (at: number, part: Partial<Draft['nics'][number]>): void =>
    set({ nics: nics.map((nic, each) => (each === at ? { ...nic, ...part } : nic)) });
  const add = (): void => {
    const network = (rows.find(({ id }) => !nics.some((nic) => nic.network === id)) ?? rows[0])?.id;
    if (network === undefined) return;
    // Guests tell cards apart by their addresses: they stay the same over restarts.
    const mac = draft.podNetwork && draft.mac.trim() === '' ? { mac: newMac() } : {};
    set({ ...mac, nics: [...nics, { network, model: 'virtio', mac: newMac(), gives: give(network) }] });
  };
  return (
    <>
      <h3>{t('network.others')}</h3>
      <p className={css.note}>{t('network.others.text')}</p>
      {nics.map((nic, at) => (
        <div
          key={nic.mac || names[at]}
          role="group"
          aria-label={t('network.card', { name: names[at] ?? '' })}
          className={css.row}
        >
          <Select
            label={t('network.which')}
            value={nic.network}
            onChange={(network) => change(at, { network, gives: give(network) })}
            error={form.error(`network.others.${at}.network`)}
            options={[
              ...networkOptions(rows, draft.namespace),
              ...(rows.some(({ id }) => id === nic.network) ? [] : [{ value: nic.network, label: nic.network }]),
            ]}
          />
          <Select
            label={t('network.model')}
            value={nic.model}
            onChange={(model) => change(at, { model })}
            options={cardModels}
          />
          <TextField
            label={t('network.mac')}
            mono
            optional
            value={nic.mac}
            onChange={(mac) => change(at, { mac })}
            onBlur={() => form.touch(`network.others.${at}.mac`)}
            error={form.error(`network.others.${at}.mac`)}
          />
          <IconButton
            icon={TrashIcon}
            label={t('network.removeCard', { name: names[at] ?? '' })}
            onClick={() => set({ nics: nics.filter((_, each) => each !== at) })}
          />
        </div>
      ))}
      <div className={css.under}>
        <Button
          size="small"
          icon={PlusIcon}
          why={rows.length === 0 ? (offer('networks.create') ?? t('network.noOthers')) : undefined}
          onClick={add}
        >
          {t('network.addCard')}
        </Button>
        <a href="#/networks">{t('network.make')}</a>
      </div>
    </>
  );
}
