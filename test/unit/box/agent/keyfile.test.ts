import { describe, expect, it } from 'vitest';
import { idOf, keyfiles, mainConnection } from '../../../../main/backend/boxes/agent/configure/keyfile.ts';
import { boxNetworkSchema } from '../../../../main/contract/box/network.ts';
import type { BoxNetworkInput } from '../../../../main/contract/box/network.ts';
import { parseKeyfile } from '../../../support/boxes/agent/keyfile-reader.ts';

const files = (network: BoxNetworkInput, more?: { cardMissing: boolean }) =>
  Object.fromEntries(
    keyfiles(boxNetworkSchema.parse(network), more).map(({ name, text }) => [name, parseKeyfile(text)]),
  );

describe('keyfiles of NetworkManager', () => {
  it('DHCP on any cable by default', () => {
    expect(files({})).toEqual({
      'hearth.nmconnection': {
        connection: { id: 'hearth', uuid: idOf('hearth', 'ethernet'), type: 'ethernet', 'autoconnect-priority': '100', 'autoconnect-retries': '0' },
        ethernet: {},
        ipv4: { method: 'auto' },
        ipv6: { method: 'auto' },
      },
    });
  }); // prettier-ignore

  it('a fixed address on one card', () => {
    const mac = '52:54:00:12:34:56';
    const addressing = { method: 'static' as const, address: '192.168.1.20/24', gateway: '192.168.1.1', dns: ['1.1.1.1', '9.9.9.9'] } satisfies BoxNetworkInput['addressing']; // prettier-ignore
    expect(files({ mac, addressing })['hearth.nmconnection']).toMatchObject({
      ethernet: { 'mac-address': mac },
      ipv4: { method: 'manual', address1: '192.168.1.20/24,192.168.1.1', dns: '1.1.1.1;9.9.9.9;' },
    });
  });

  it('a password that ends its line begins no other setting', () => {
    const evil = 'x\n[802-1x]\nprivate-key=/etc/shadow\r\t';
    expect(boxNetworkSchema.safeParse({ wifi: { ssid: 'Haus', security: 'sae', password: evil } }).error?.issues).toMatchObject([{ path: ['wifi', 'password'] }]);
    const [file] = keyfiles({ addressing: { method: 'dhcp' }, wifi: { ssid: 'Haus', security: 'sae', password: evil, hidden: false } });
    const read = parseKeyfile(file?.text ?? '');
    expect(Object.keys(read)).toEqual(['connection', 'wifi', 'wifi-security', 'ipv4', 'ipv6']);
    expect(file?.text).toContain('psk=x\\n[802-1x]\\nprivate-key=/etc/shadow\\r\\t\n');
  }); // prettier-ignore

  it('without gateway or servers the lines are left out', () => {
    const { ipv4 } = files({ addressing: { method: 'static', address: '10.0.0.5/8' } })['hearth.nmconnection'] ?? {};
    expect(ipv4).toEqual({ method: 'manual', address1: '10.0.0.5/8' });
  });

  it('a VLAN on a port without an address of its own', () => {
    const all = files({ vlan: 42 });
    expect(all['hearth.nmconnection']).toMatchObject({
      connection: { type: 'vlan', 'interface-name': 'vlan42' },
      vlan: { id: '42', parent: idOf('hearth-port', 'ethernet') },
      ipv4: { method: 'auto' },
    });
    expect(all['hearth-port.nmconnection']).toMatchObject({
      connection: { uuid: idOf('hearth-port', 'ethernet') },
      ipv4: { method: 'disabled' },
      ipv6: { method: 'disabled' },
    });
  });

  it('Wi-Fi by WPA2, by WPA3, open, hidden; a plugged cable always leads to the box', () => {
    const psk = files({ wifi: { ssid: 'Haus', security: 'wpa-psk', password: 'geheim12' } });
    expect(psk['hearth.nmconnection']).toMatchObject({
      connection: { type: 'wifi' },
      wifi: { mode: 'infrastructure', ssid: '72;97;117;115;' },
      'wifi-security': { 'key-mgmt': 'wpa-psk', psk: 'geheim12' },
    });
    expect(psk['hearth-cable.nmconnection']).toMatchObject({ connection: { 'autoconnect-priority': '-10' }, ipv4: { method: 'auto' } });
    const sae = files({ wifi: { ssid: 'Haus', security: 'sae', password: 'x', hidden: true } })['hearth.nmconnection'];
    expect(sae).toMatchObject({ wifi: { hidden: 'true' }, 'wifi-security': { 'key-mgmt': 'sae', psk: 'x' } });
    const open = files({ wifi: { ssid: 'Café', security: 'open' } })['hearth.nmconnection'];
    expect(open?.['wifi-security']).toBeUndefined();
    expect(open?.['wifi']?.['ssid']).toBe('67;97;102;195;169;');
  }); // prettier-ignore

  it.each([' leading', 'back\\slash', '[section]', '#comment', 'a=b;c', 'trailing '])(
    'keeps the password %j',
    (end) => {
      const password = `${end}12345678`.slice(0, 63);
      const { text } = keyfiles(boxNetworkSchema.parse({ wifi: { ssid: 'x', security: 'wpa-psk', password } }))[0] ?? { text: '' }; // prettier-ignore
      expect(parseKeyfile(text)['wifi-security']?.['psk']).toBe(password);
    },
  );

  it('a name cannot bring in lines of its own', () => {
    const ssid = 'a]b[c#;=\\s';
    const { text } = keyfiles(boxNetworkSchema.parse({ wifi: { ssid, security: 'open' } }))[0] ?? { text: '' };
    expect(Object.keys(parseKeyfile(text))).toEqual(['connection', 'wifi', 'ipv4', 'ipv6']);
  });

  it('falls back to any cable when the chosen card is not there', () => {
    const all = files({ mac: '52:54:00:00:00:01' }, { cardMissing: true });
    expect(all['hearth-cable.nmconnection']?.['ethernet']).toEqual({});
  });

  it('is another connection for another kind', () => {
    const ids = [{}, { vlan: 5 }, { wifi: { ssid: 'x', security: 'open' as const } }].map((network) =>
      mainConnection(boxNetworkSchema.parse(network)),
    );
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
