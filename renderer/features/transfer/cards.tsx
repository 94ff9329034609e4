import type { ReactNode } from 'react';
import type { ImportPreview } from '../../../main/contract/transfer.ts';
import { Select } from '../../ui/select.tsx';
import { networkOptions, useNetworks } from '../networks/use-networks.ts';
import { t } from './text.ts';

interface Props {
  cards: NonNullable<ImportPreview['appliance']>['networks'];
  networks: Readonly<Record<string, string>>;
  onNetworks: (networks: Record<string, string>) => void;
}

/** Where the networks of an appliance lead here: the first one to the machine's own, until a person says otherwise. */
export function Cards({ cards, networks, onNetworks }: Props): ReactNode {
  const rows = useNetworks().items;
  const there = [...new Set(cards.map(({ network }) => network))];
  const others = networkOptions(rows.filter(({ id }) => id !== 'pod'), 'default'); // prettier-ignore
  return there.map((network, at) => (
    <Select
      key={network}
      label={t('import.leads', { network })}
      value={networks[network] ?? (at === 0 ? 'pod' : 'none')}
      onChange={(to) => onNetworks({ ...networks, [network]: to })}
      options={[{ value: 'pod', label: t('import.pod') }, ...others, { value: 'none', label: t('import.nowhere') }]}
    />
  ));
}
