import type { CloudInitNic } from '../../../main/contract/cloud-init.ts';
import { nicNames } from '../../../main/contract/new-network.ts';
import { ensureDhcp } from '../cloud-init/network-form.ts';
import type { Draft } from './draft.ts';

type Cards = Pick<Draft, 'podNetwork' | 'mac' | 'nics'>;

/** The cards that the wizard makes, by the names that they get in the machine. Pure. */
export function cardsOf({ podNetwork, mac, nics }: Cards): CloudInitNic[] {
  const names = nicNames(nics.map(({ network }) => network));
  const fixed = (text: string) => text.trim() && { mac: text.trim().toLowerCase() };
  return [
    ...(podNetwork ? [{ name: 'default', network: 'pod', ...fixed(mac) }] : []),
    ...nics.map((nic, at) => ({ name: names[at] ?? '', network: nic.network, ...fixed(nic.mac) })),
  ];
}

/** The draft with the MAC address of one card set. Pure. */
export function withMac(draft: Cards, name: string, mac: string): Partial<Draft> {
  if (name === 'default') return { mac };
  const names = nicNames(draft.nics.map(({ network }) => network));
  return { nics: draft.nics.map((nic, at) => (names[at] === name ? { ...nic, mac } : nic)) };
}

/**
 * Network data for a machine with more than one card where nobody wrote any: cloud-init by itself sets up the first card
 * only. Cards on networks that give out no addresses stay as they are: waiting for one would hold up the start. Pure.
 */
export function networkDataOf(draft: Cards & Pick<Draft, 'networkData'>): string {
  if (draft.networkData.trim() !== '' || draft.nics.length === 0) return draft.networkData;
  const cards = cardsOf(draft);
  const first = cards.length - draft.nics.length;
  const served = cards.filter((_, at) => at < first || draft.nics[at - first]?.gives);
  if (served.some(({ mac }) => mac === undefined)) return '';
  return served.reduce((text, { name, mac }) => ensureDhcp(text, mac ?? '', name), '');
}
