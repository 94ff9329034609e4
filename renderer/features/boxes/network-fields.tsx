import type { BoxAddress } from '../../../main/contract/box/state.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './boxes.module.css';
import { errorOf } from './network-draft.ts';
import type { NetworkDraft } from './network-draft.ts';
import { t } from './network-text.ts';

interface Props {
  draft: NetworkDraft;
  onChange: (part: Partial<NetworkDraft>) => void;
  /** By path below the network, e.g. `addressing.gateway`. */
  errors: Readonly<Record<string, string>>;
  /** Cards of the box, where they are known. */
  cards?: readonly BoxAddress[];
}

/** How a box gets into the network: cable or Wi-Fi, its address, a VLAN. */
export function NetworkFields({ draft, onChange, errors, cards }: Props) {
  const error = (path: string): string | undefined => errorOf(errors, path);
  return (
    <div className={css.stack}>
      <RadioCards
        label={t('by')}
        columns={2}
        value={draft.wifi ? 'wifi' : 'cable'}
        onChange={(by) => onChange({ wifi: by === 'wifi' })}
        options={[
          { value: 'cable', title: t('cable'), detail: t('cable.text') },
          { value: 'wifi', title: t('wifi'), detail: t('wifi.text') },
        ]}
      />
      {draft.wifi && <Wifi draft={draft} onChange={onChange} error={error} />}
      {cards && cards.length > 1 && (
        <Select
          label={t('card')}
          value={draft.mac}
          onChange={(mac) => onChange({ mac })}
          options={[
            { value: '', label: t('card.any') },
            ...cards.map((card) => ({ value: card.mac, label: `${card.interface} · ${card.mac}`, detail: card.link ? t('card.link') : t('card.noLink') })),
          ]}
        />
      )}
      <RadioCards
        label={t('addressing')}
        columns={2}
        value={draft.method}
        onChange={(method) => onChange({ method })}
        options={[
          { value: 'dhcp', title: t('dhcp'), detail: t('dhcp.text') },
          { value: 'static', title: t('static'), detail: t('static.text') },
        ]}
      />
      {draft.method === 'static' && (
        <div className={css.pair}>
          <TextField label={t('address')} value={draft.address} onChange={(address) => onChange({ address })} hint={t('address.hint')} error={error('addressing.address')} placeholder="192.168.1.20/24" mono />
          <TextField label={t('gateway')} value={draft.gateway} onChange={(gateway) => onChange({ gateway })} error={error('addressing.gateway')} placeholder="192.168.1.1" optional mono />
          <TextField label={t('dns')} value={draft.dns} onChange={(dns) => onChange({ dns })} hint={t('dns.hint')} error={error('addressing.dns')} placeholder="192.168.1.1, 9.9.9.9" optional mono />
        </div>
      )}
      {!draft.wifi && (
        <div className={css.pair}>
          <TextField label={t('vlan')} value={draft.vlan} onChange={(vlan) => onChange({ vlan })} hint={t('vlan.hint')} error={error('vlan')} inputMode="numeric" optional mono />
          {!cards && <TextField label={t('mac')} value={draft.mac} onChange={(mac) => onChange({ mac })} hint={t('mac.hint')} error={error('mac')} placeholder="52:54:00:12:34:56" optional mono />}
        </div>
      )}
    </div>
  );
} // prettier-ignore

function Wifi({ draft, onChange, error }: Pick<Props, 'draft' | 'onChange'> & { error: (path: string) => string | undefined }) {
  return (
    <>
      <div className={css.pair}>
        <TextField label={t('ssid')} value={draft.ssid} onChange={(ssid) => onChange({ ssid })} error={error('wifi.ssid')} maxLength={32} />
        <Select
          label={t('security')}
          value={draft.security}
          onChange={(security) => onChange({ security })}
          error={error('wifi.security')}
          options={[
            { value: 'wpa-psk', label: t('security.wpa-psk') },
            { value: 'sae', label: t('security.sae') },
            { value: 'open', label: t('security.open') },
          ]}
        />
        {draft.security !== 'open' && (
          <TextField label={t('password')} type="password" value={draft.password} onChange={(password) => onChange({ password })} hint={t('password.hint')} error={error('wifi.password')} />
        )}
        <TextField label={t('country')} value={draft.country} onChange={(country) => onChange({ country })} hint={t('country.hint')} error={error('wifi.country')} placeholder="DE" maxLength={2} optional mono />
      </div>
      <Checkbox label={t('hidden')} checked={draft.hidden} onChange={(hidden) => onChange({ hidden })} />
    </>
  );
} // prettier-ignore
