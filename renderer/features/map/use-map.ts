import type { LineWish, MapNode, MapService, NetworkMap } from '../../../main/contract/map.ts';
import { replace } from '../../lib/live-store.ts';
import { useLive } from '../../lib/resources.ts';
import type { Resource } from '../../lib/resources.ts';
import { t } from './text.ts';

const resource: Resource<NetworkMap, NetworkMap> = {
  key: 'network-map',
  source: (api, signal) => api.map.watch({}, { signal }),
  fold: replace,
};
export const useMap = () => useLive(resource);

export const networkName = ({ id, name }: { id: string; name: string }): string =>
  id === 'pod' ? t('network.pod') : id === '' ? t('network.none') : name;
export const kindName = ({ kind, pods }: MapNode): string =>
  kind === 'VirtualMachine' ? t('kind.machine') : pods !== undefined && kind !== 'Pod' ? `${kind} · ${t('pods', { n: pods })}` : kind; // prettier-ignore
export const pageOf = ({ kind, namespace, name }: MapNode): string =>
  kind === 'VirtualMachine' ? `/machines/${namespace}/${name}/network` : `/containers/${kind}/${namespace}/${name}`;

/** The cards of a node by their networks, in words. */
export const cardsOf = (map: NetworkMap, id: string): string[] =>
  map.networks.flatMap(
    (network) =>
    network.cards.filter(({ node }) => node === id).map(({ addresses, unplugged }) => [`${networkName(network)}${addresses.length > 0 ? ` ${addresses.slice(0, 3).join(', ')}` : ''}`, ...(unplugged ? [t('unplugged')] : [])].join(' · ')), // prettier-ignore
  );
export function serviceWords({ ports }: MapService): string {
  const outside = ports.flatMap(({ hostPort }) => (hostPort === undefined ? [] : [hostPort]));
  return outside.length > 0
    ? t('service.outside', { ports: outside.join(', ') })
    : t('service.inside', { ports: ports.map(({ port }) => port).join(', ') });
}

/** What a line's end is, by the id of its node. */
export function endOf(node: MapNode): Extract<LineWish['to'], { kind: MapNode['kind'] }> {
  const { kind, namespace, name } = node;
  return { kind, namespace, name } as Extract<LineWish['to'], { kind: MapNode['kind'] }>;
}
