import type { BoxNetworkInput } from '../../../main/contract/box/network.ts';
import type { BoxNetworkView } from '../../../main/contract/box/state.ts';

/** A network as it is typed: text, whatever is in it. */
export interface NetworkDraft {
  /** '' = any card. */
  mac: string;
  method: 'dhcp' | 'static';
  address: string;
  gateway: string;
  dns: string;
  vlan: string;
  wifi: boolean;
  ssid: string;
  security: 'open' | 'wpa-psk' | 'sae';
  password: string;
  hidden: boolean;
  country: string;
}
export const plainNetwork: NetworkDraft = {
  mac: '', method: 'dhcp', address: '', gateway: '', dns: '', vlan: '',
  wifi: false, ssid: '', security: 'wpa-psk', password: '', hidden: false, country: '',
}; // prettier-ignore

const words = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);

/** As the box takes it. What is wrong in it is told by whoever checks it. */
export function toNetwork(draft: NetworkDraft): BoxNetworkInput {
  const { mac, vlan, gateway, wifi, ssid, security, password, hidden, country } = draft;
  return {
    ...(mac !== '' && { mac: mac.trim().toLowerCase() }),
    addressing:
      draft.method === 'dhcp'
        ? { method: 'dhcp' }
        : {
            method: 'static',
            address: draft.address.trim(),
            ...(gateway.trim() !== '' && { gateway: gateway.trim() }),
            dns: words(draft.dns),
          },
    ...(!wifi && vlan.trim() !== '' && { vlan: Number(vlan) }),
    ...(wifi && {
      wifi: {
        ssid,
        security,
        ...(security !== 'open' && { password }),
        hidden,
        ...(country.trim() !== '' && { country: country.trim().toUpperCase() }),
      },
    }),
  };
}

/** What a box has now, to begin from. Its Wi-Fi password is known to it alone. */
export function fromNetwork(view: BoxNetworkView): NetworkDraft {
  const { addressing, wifi } = view;
  return {
    ...plainNetwork,
    mac: view.mac ?? '',
    vlan: view.vlan === undefined ? '' : String(view.vlan),
    ...(addressing.method === 'static' && {
      method: 'static',
      address: addressing.address,
      gateway: addressing.gateway ?? '',
      dns: addressing.dns.join(', '),
    }),
    ...(wifi && { wifi: true, ssid: wifi.ssid }),
  };
}

/** The message about a field, or about a part of it: `sshKeys` for `sshKeys.2`. */
export function errorOf(fields: Readonly<Record<string, string>>, path: string): string | undefined {
  const found = Object.entries(fields).find(([key]) => key === path || key.startsWith(`${path}.`));
  return found?.[1];
}
