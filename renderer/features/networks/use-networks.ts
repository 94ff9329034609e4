import type { NetworkRow } from '../../../main/contract/networks.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { foldList } from '../../lib/live-store.ts';
import { useList } from '../../lib/resources.ts';
import type { ListResource } from '../../lib/resources.ts';
import { t } from './text.ts';

const networks: ListResource<NetworkRow> = {
  key: 'networks',
  source: (api, signal) => api.networks.watch({}, { signal }),
  fold: foldList<NetworkRow>(rowKeys.network),
};
export const useNetworks = () => useList(networks);

export const networkName = (row: Pick<NetworkRow, 'id' | 'name'>): string => (row.id === 'pod' ? t('pod') : row.name);
export const networkOptions = (rows: readonly NetworkRow[], namespace: string) =>
  rows.map((row) => ({
    value: row.id,
    label: row.namespace && row.namespace !== namespace ? `${row.namespace}/${row.name}` : networkName(row),
    detail: row.range ?? t(`kind.${row.kind}`),
  }));
