import { isMap, isSeq, parseDocument } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { cloudInitYaml } from '../../../main/contract/cloud-init.ts';
import { scalarList, scalarText, setScalar } from './document.ts';

/** How one network card of the guest gets its address. */
export interface NicForm {
  mode: 'dhcp' | 'static';
  /** With their prefix: 192.168.1.10/24. */
  addresses: string[];
  gateway: string;
  dns: string[];
  search: string[];
  /** "10.8.0.0/16 via 192.168.1.2", one each. */
  routes: string[];
}
export const dhcp: NicForm = { mode: 'dhcp', addresses: [], gateway: '', dns: [], search: [], routes: [] };

const routeShape = /^(\S+)\s+via\s+(\S+)$/;
const anywhere = new Set(['default', '0.0.0.0/0', '::/0']);

interface Opened {
  document: Document;
  /** The map that holds `version` and `ethernets`. */
  network: YAMLMap;
}
function open(text: string): Opened | undefined {
  const document = parseDocument(text, cloudInitYaml);
  if (document.errors.length > 0) return undefined;
  if (!isMap(document.contents)) {
    if (text.trim() !== '' && document.contents !== null) return undefined;
    document.contents = document.createNode({ version: 2 }) as never;
  }
  const top = document.contents as unknown as YAMLMap;
  const inner = top.get('network', true);
  const network = isMap(inner) ? inner : top;
  return String(network.get('version')) === '2' ? { document, network } : undefined;
}

/** The card of a MAC address in network data of version 2: by its match, else by its name. */
function cardOf({ network }: Opened, mac: string | undefined, name: string): YAMLMap | undefined {
  const cards = network.get('ethernets', true);
  if (!isMap(cards)) return undefined;
  for (const { value } of cards.items) {
    if (!isMap(value)) continue;
    const match = value.get('match', true);
    const wanted = isMap(match) ? scalarText(match.get('macaddress', true)) : undefined;
    if (mac !== undefined && wanted?.toLowerCase() === mac.toLowerCase()) return value;
  }
  const named = cards.get(name, true);
  if (!isMap(named)) return undefined;
  const match = named.get('match', true);
  // A card of that name that is matched by another address is another card.
  return isMap(match) && match.has('macaddress') && mac !== undefined ? undefined : named;
}

/** How a card is set up by this text; undefined where the form cannot show it (version 1, bonds, broken text). */
export function readNic(text: string, mac: string | undefined, name: string): NicForm | undefined {
  if (text.trim() === '') return dhcp;
  const opened = open(text);
  if (!opened) return undefined;
  const card = cardOf(opened, mac, name);
  if (!card) return dhcp;
  if (scalarText(card.get('dhcp4', true)) === 'true') return card.has('addresses') ? undefined : dhcp;
  const addresses = scalarList(card.get('addresses', true));
  const servers = card.get('nameservers', true);
  const dns = isMap(servers) ? scalarList(servers.get('addresses', true)) : [];
  const search = isMap(servers) ? scalarList(servers.get('search', true)) : [];
  if (!addresses || !dns || !search) return undefined;
  let gateway = scalarText(card.get('gateway4', true)) ?? '';
  const routes: string[] = [];
  const listed = card.get('routes', true);
  for (const route of isSeq(listed) ? listed.items : []) {
    if (!isMap(route)) return undefined;
    const to = scalarText(route.get('to', true)) ?? '';
    const via = scalarText(route.get('via', true)) ?? '';
    if (anywhere.has(to) && gateway === '') gateway = via;
    else routes.push(`${to} via ${via}`);
  }
  return { mode: addresses.length > 0 ? 'static' : 'dhcp', addresses, gateway, dns, search, routes };
}

/** The text with a card set up so; what else it says stays. Cards are matched by their MAC address, which has to stay the same. */
export function applyNic(text: string, mac: string, name: string, next: NicForm): string {
  const now = readNic(text, mac, name);
  if (now && JSON.stringify(now) === JSON.stringify(next)) return text;
  const opened = open(text);
  if (!opened || !now) return text;
  const { document, network } = opened;
  const cards = network.get('ethernets', true);
  const known = cardOf(opened, mac, name);
  if (next.mode === 'dhcp') {
    if (!known) return text;
    for (const key of ['addresses', 'gateway4', 'gateway6', 'routes', 'nameservers']) known.delete(key);
    known.set('dhcp4', true);
    // A text that says nothing but "DHCP" says what holds without it.
    const plain = isMap(cards) && cards.items.every(({ value }) => isMap(value) && value.items.every(({ key }) => ['match', 'dhcp4', 'set-name'].includes(String(key))) && !value.has('set-name')); // prettier-ignore
    const alone = network.items.every(({ key }) => ['version', 'ethernets'].includes(String(key)));
    return plain && alone ? '' : document.toString({ lineWidth: 0 });
  }
  const card = known ?? addCard(opened, name);
  const match = card.get('match', true);
  if (isMap(match)) setScalar(match, 'macaddress', mac);
  else card.set('match', document.createNode({ macaddress: mac }));
  for (const key of ['dhcp4', 'gateway4']) card.delete(key);
  card.set('addresses', document.createNode(next.addresses));
  const routes = [
    ...(next.gateway ? [{ to: next.gateway.includes(':') ? '::/0' : '0.0.0.0/0', via: next.gateway }] : []),
    ...next.routes.flatMap((route) => {
      const [, to, via] = routeShape.exec(route.trim()) ?? [];
      return to === undefined || via === undefined ? [] : [{ to, via }];
    }),
  ];
  setOrDrop(document, card, 'routes', routes.length > 0 ? routes : undefined);
  const servers = { ...(next.dns.length > 0 && { addresses: next.dns }), ...(next.search.length > 0 && { search: next.search }) }; // prettier-ignore
  setOrDrop(document, card, 'nameservers', Object.keys(servers).length > 0 ? servers : undefined);
  return document.toString({ lineWidth: 0 });
}
function addCard({ document, network }: Opened, name: string): YAMLMap {
  const card = document.createNode({}) as YAMLMap;
  const cards = network.get('ethernets', true);
  if (isMap(cards)) cards.set(name, card);
  else {
    const made = document.createNode({}) as YAMLMap;
    made.set(name, card);
    network.set('ethernets', made);
  }
  return card;
}

/**
 * The text with a card by DHCP, unless it says of that card already. Network data stands instead of what cloud-init would do
 * by itself: with one card set up, the others need a word, too.
 */
export function ensureDhcp(text: string, mac: string, name: string): string {
  const opened = open(text);
  if (!opened || cardOf(opened, mac, name)) return text;
  const card = addCard(opened, name);
  card.set('match', opened.document.createNode({ macaddress: mac }));
  card.set('dhcp4', true);
  return opened.document.toString({ lineWidth: 0 });
}

function setOrDrop(document: Document, map: YAMLMap, key: string, value: unknown): void {
  if (value === undefined) map.delete(key);
  else map.set(key, document.createNode(value));
}

/** Whether a line of the routes field can be used. */
export const isRoute = (text: string): boolean => routeShape.test(text.trim());

/** A MAC address of the range that everybody may give out. */
export function newMac(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return ['02', ...Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
