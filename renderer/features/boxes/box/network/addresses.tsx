import type { BoxAddress, BoxNetworkView } from '../../../../../main/contract/box/state.ts';
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
            {card.address !== undefined && <span className={css.mono}>{card.address}</span>}
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
