import { addressesOf } from '../../../../../main/contract/box/address.ts';
import type { BoxAddress, BoxNetworkView, BoxState } from '../../../../../main/contract/box/state.ts';
import { NetworkIcon } from '../../../../ui/icons.tsx';
import { StatusBadge } from '../../../../ui/status.tsx';
import css from '../../boxes.module.css';
import { t } from '../text.ts';

/** Its network cards, and what goes over each. */
export function Addresses({ addresses }: { addresses: readonly BoxAddress[] }) {
  return (
    <ul aria-label={t('network.cards')}>
      {addresses.map((card) => (
        <li key={card.mac} className={css.row}>
          <span className={css.icon}>
            <NetworkIcon size={20} />
          </span>
          <div className={css.words}>
            <span className={css.name}>
              {card.interface}
              <span className={css.chip}>{t(`network.kind.${card.kind}`)}</span>
            </span>
            {addressesOf(card).map((address) => (
              <span key={address} className={css.mono}>
                {address}
              </span>
            ))}
            <span className={`${css.sub} ${css.mono}`}>{card.mac}</span>
          </div>
          <StatusBadge tone={card.link ? 'ok' : 'stopped'}>
            {t(card.link ? 'network.link' : 'network.noLink')}
          </StatusBadge>
        </li>
      ))}
    </ul>
  );
}

/** The network it is in now, with the address that it was given. */
export function networkNow({ network: { current }, addresses }: Pick<BoxState, 'network' | 'addresses'>): string {
  const kind = current.wifi ? 'wifi' : 'ethernet';
  const given = addresses.find((card) => card.link && card.address !== undefined && (current.mac === undefined ? card.kind === kind : card.mac === current.mac)); // prettier-ignore
  const words = networkWords(current);
  return current.addressing.method === 'dhcp' && given?.address !== undefined ? `${words}: ${given.address}` : words;
}

/** A network in one line of words. */
export function networkWords({ addressing, vlan, wifi }: BoxNetworkView): string {
  return [
    wifi ? t('network.wifi', { ssid: wifi.ssid }) : t('network.cable'),
    addressing.method === 'dhcp' ? t('network.dhcp') : addressing.address,
    vlan !== undefined && t('network.vlan', { vlan }),
  ]
    .filter(Boolean)
    .join(', ');
}
