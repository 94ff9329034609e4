import { createHash } from 'node:crypto';
import type { BoxNetwork } from '../../../../contract/box/network.ts';

/** A connection of NetworkManager as its keyfile plugin reads it (nm-settings-keyfile(5)). */
export interface Keyfile {
  /** File name, e.g. hearth.nmconnection */
  name: string;
  text: string;
}
type Section = [name: string, values: [key: string, value: string | number | undefined][]];

/**
 * The connections of this network: the one that was asked for, for a VLAN also the port below it, and for Wi-Fi (or a
 * card that is not there) DHCP on any cable, so that a plugged cable always leads to the box.
 */
export function keyfiles(network: BoxNetwork, { cardMissing = false } = {}): Keyfile[] {
  const { vlan, wifi, mac } = network;
  const files: Keyfile[] = [];
  const add = (id: string, type: string, priority: number, sections: Section[]): void => {
    files.push(keyfile(id, type, priority, sections));
  };
  const ip = addressing(network);
  if (wifi) add('hearth', 'wifi', 100, [...wireless(wifi, mac), ...ip]);
  else if (vlan === undefined) add('hearth', 'ethernet', 100, [['ethernet', [['mac-address', mac]]], ...ip]);
  else {
    add('hearth-port', 'ethernet', 100, [['ethernet', [['mac-address', mac]]], ...noAddress]);
    add('hearth', 'vlan', 100, [['vlan', [['id', vlan], ['parent', idOf('hearth-port', 'ethernet')], ['interface-name', `vlan${vlan}`]]], ...ip]); // prettier-ignore
  }
  if (wifi || cardMissing) add('hearth-cable', 'ethernet', -10, [['ethernet', []], ...addressing({ addressing: { method: 'dhcp' } })]); // prettier-ignore
  return files;
}

const noAddress: Section[] = [
  ['ipv4', [['method', 'disabled']]],
  ['ipv6', [['method', 'disabled']]],
];

function addressing({ addressing: how }: Pick<BoxNetwork, 'addressing'>): Section[] {
  if (how.method === 'dhcp') return [['ipv4', [['method', 'auto']]], ['ipv6', [['method', 'auto']]]];
  const { address, gateway, dns } = how;
  return [
    ['ipv4', [['method', 'manual'], ['address1', gateway ? `${address},${gateway}` : address], ['dns', dns.length > 0 ? `${dns.join(';')};` : undefined]]],
    ['ipv6', [['method', 'auto']]],
  ];
} // prettier-ignore

function wireless(wifi: NonNullable<BoxNetwork['wifi']>, mac: string | undefined): Section[] {
  const { security, password } = wifi;
  const sections: Section[] = [
    ['wifi', [['mode', 'infrastructure'], ['ssid', bytes(wifi.ssid)], ['hidden', wifi.hidden ? 'true' : undefined], ['mac-address', mac]]],
  ];
  if (security !== 'open') sections.push(['wifi-security', [['key-mgmt', security], ['psk', escaped(password ?? '')]]]);
  return sections;
} // prettier-ignore

function keyfile(id: string, type: string, priority: number, sections: Section[]): Keyfile {
  const [first, ...rest] = sections;
  const interfaceName = first?.[1].find(([key]) => key === 'interface-name');
  const head: Section = [
    'connection',
    [['id', id], ['uuid', idOf(id, type)], ['type', type], ['interface-name', interfaceName?.[1]], ['autoconnect-priority', priority], ['autoconnect-retries', 0]],
  ];
  const body: Section[] = first ? [[first[0], first[1].filter(([key]) => key !== 'interface-name')], ...rest] : rest;
  return { name: `${id}.nmconnection`, text: [head, ...body].map(render).join('\n') };
} // prettier-ignore

const render = ([name, values]: Section): string =>
  `[${name}]\n${values.map(([key, value]) => (value === undefined ? '' : `${key}=${value}\n`)).join('')}`;

/** The same on every box; another one for another kind, so that a changed kind is another connection. */
export function idOf(id: string, type: string): string {
  const hex = createHash('sha256').update(`hearth connection ${id} ${type}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** UUID of the connection that carries the box's address. */
export const mainConnection = ({ wifi, vlan }: BoxNetwork): string =>
  idOf('hearth', wifi ? 'wifi' : vlan === undefined ? 'ethernet' : 'vlan');

/** A name of any bytes: as numbers, so that no letter has a meaning of its own. */
const bytes = (text: string): string => `${[...Buffer.from(text, 'utf8')].join(';')};`;
/** By GKeyFile: the backslash escapes, a space first would be lost, and the end of a line would begin another setting. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replace(/^ +/, (spaces) => '\\s'.repeat(spaces.length))
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
