import { describe, expect, it } from 'vitest';
import { checkWishes, newSettings } from '../../../main/backend/boxes/sticks/settings.ts';
import { withoutSecrets } from '../../../main/backend/boxes/sticks/write/look.ts';
import { boxWishesSchema, settingsLimit, stickSettingsSchema } from '../../../main/contract/box/settings.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq0 ada@laptop';
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const wifi = { ssid: 'home', security: 'wpa-psk', password: 'correct horse' };

/** Field that must be named -> wishes. */
const invalid: [field: string, wishes: unknown][] = [
  ['hostName', { hostName: 'Kitchen' }],
  ['hostName', { hostName: '-a' }],
  ['hostName', { hostName: 'a'.repeat(64) }],
  ['hostName', { hostName: '' }],
  ['keyboard', { keyboard: 'de; reboot' }],
  ['keyboard', { keyboard: 'DE' }],
  ['timeZone', { timeZone: '../../etc/passwd' }],
  ['timeZone', { timeZone: 'europe/berlin' }],
  ['language', { language: 'german' }],
  ['network.addressing.address', { network: { addressing: { method: 'static', address: '192.168.1.20' } } }],
  ['network.addressing.address', { network: { addressing: { method: 'static', address: '300.1.1.1/24' } } }],
  ['network.addressing.gateway', { network: { addressing: { method: 'static', address: '192.168.1.20/24', gateway: '192.168.2.1' } } }],
  ['network.addressing.gateway', { network: { addressing: { method: 'static', address: '192.168.1.20/24', gateway: '192.168.1.20' } } }],
  ['network.addressing.dns', { network: { addressing: { method: 'static', address: '192.168.1.20/24', dns: ['1.1.1.1', '8.8.8.8', '9.9.9.9', '1.0.0.1'] } } }],
  ['network.addressing.method', { network: { addressing: { method: 'ppp' } } }],
  ['network.vlan', { network: { vlan: 4095 } }],
  ['network.vlan', { network: { vlan: 5, wifi } }],
  ['network.mac', { network: { mac: 'AA:BB:CC:DD:EE:FF' } }],
  ['network.wifi.password', { network: { wifi: { ...wifi, password: 'short' } } }],
  ['network.wifi.password', { network: { wifi: { ssid: 'home', security: 'sae' } } }],
  ['network.wifi.password', { network: { wifi: { ...wifi, security: 'open' } } }],
  ['network.wifi.ssid', { network: { wifi: { ...wifi, ssid: 'ü'.repeat(17) } } }],
  ['network.wifi.ssid', { network: { wifi: { ...wifi, ssid: 'a\nb' } } }],
  ['network.wifi.country', { network: { wifi: { ...wifi, country: 'de' } } }],
  ['sshKeys.0', { sshKeys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }],
  ['sshKeys.1', { sshKeys: [key, `command="rm -rf /" ${key}`] }],
  ['sshKeys.0', { sshKeys: [`${key}\n${key}`] }],
  ['proxy.http', { proxy: { http: 'ftp://proxy' } }],
  ['ca.0', { ca: ['not a certificate'] }],
  ['disk.serial', { disk: { rule: 'serial' } }],
  ['disk.rule', { disk: { rule: 'largest' } }],
  ['mode', { mode: 'destroy' }],
  ['appliance.poolSize', { appliance: { storage: 'local-path', poolSize: 5 } }],
  ['bring.machines.1.name', { bring: { machines: [{ name: 'a', image: 'x' }, { name: 'a', image: 'y' }] } }],
  ['bring.labs', { bring: { labs: ['dns'] } }],
  ['bring.machines.0.memory', { bring: { machines: [{ name: 'a', image: 'x', memory: 5 }] } }],
  ['hostname', { hostname: 'kitchen' }],
  ['network.wlan', { network: { wlan: {} } }],
  ['installId', { installId: '0'.repeat(32) }],
  ['enrolment', { enrolment: {} }],
  ['', 'kitchen'],
  ['', { ca: Array.from({ length: 3 }, () => `-----BEGIN CERTIFICATE-----\n${'A'.repeat(25_000)}\n-----END CERTIFICATE-----\n`) }],
]; // prettier-ignore

const valid: unknown[] = [
  {},
  { hostName: 'k', keyboard: 'ch+fr', timeZone: 'America/Argentina/Buenos_Aires', language: 'de_DE' },
  { network: { addressing: { method: 'static', address: '10.0.0.5/8', gateway: '10.255.0.1', dns: ['10.0.0.1'] }, vlan: 12, mac: 'aa:bb:cc:dd:ee:ff' } },
  { network: { wifi: { ...wifi, country: 'DE', hidden: true } } },
  { network: { wifi: { ssid: 'cafe', security: 'open' } } },
  { network: { wifi: { ssid: '☕', security: 'sae', password: 'x' } } },
  { network: { wifi: { ...wifi, password: 'a'.repeat(64) } } },
  { sshKeys: [key, `sk-${key.replace(' ', '@openssh.com ')}`], ca: [pem], proxy: { http: 'http://ada:pw@proxy:3128', no: '.lan' } },
  { disk: { rule: 'serial', serial: 'S64DNX0R', size: 512_000_000_000 }, mode: 'try' },
  { appliance: { install: true, storage: 'pool-file', poolSize: 100_000_000_000 } },
  { bring: { machines: [{ name: 'a', image: 'debian-13' }, { name: 'b', image: 'debian-13' }] } },
]; // prettier-ignore

describe('what a stick may tell its box', () => {
  it.each(invalid)('names the field %s', (field, wishes) => {
    const fields = checkWishes(wishes);
    expect(Object.keys(fields)).toEqual([field]);
    expect(fields[field]?.length).toBeGreaterThan(10);
  });

  it('is refused in enough ways', () => {
    expect(invalid.length).toBeGreaterThanOrEqual(20);
  });

  it.each(valid.map((wishes) => [wishes]))('takes %j, and the box reads the same', (wishes) => {
    expect(checkWishes(wishes)).toEqual({});
    const settings = newSettings(boxWishesSchema.parse(wishes));
    expect(stickSettingsSchema.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    expect(Buffer.byteLength(JSON.stringify(settings, undefined, 2))).toBeLessThan(settingsLimit);
  });

  it('is new for every stick', () => {
    const ids = [1, 2, 3].map(() => newSettings(boxWishesSchema.parse({})).installId);
    expect(new Set(ids).size).toBe(3);
  });

  it('is refused as a whole before anything is written, with its fields', () => {
    const bad = { ...boxWishesSchema.parse({}), hostName: 'NO' };
    expect(() => newSettings(bad)).toThrow(expect.objectContaining({ problem: expect.objectContaining({ code: 'stick-settings-invalid', fields: { hostName: expect.any(String) } }) })); // prettier-ignore
  });

  it('never repeats a secret in its complaints', () => {
    const secret = 'pä55';
    const fields = checkWishes({ network: { wifi: { ...wifi, password: secret } } });
    expect(JSON.stringify(fields)).not.toContain(secret);
  });
});

describe('settings shown to people', () => {
  it('have no secret in them', () => {
    const settings = newSettings(
      boxWishesSchema.parse({ network: { wifi }, proxy: { http: 'http://ada:hunter2@proxy:3128' } }),
      {
        secret: 'S'.repeat(43),
        expires: '2026-12-01T00:00:00.000Z',
        app: { name: 'Hearth on laptop', fingerprint: 'a'.repeat(64) },
      },
    );
    const shown = withoutSecrets(settings);
    const text = JSON.stringify(shown);
    for (const secret of ['correct horse', 'hunter2', 'SSSS']) expect(text).not.toContain(secret);
    expect(shown).toMatchObject({
      hostName: 'hearth',
      network: { wifi: { ssid: 'home' } },
      proxy: { http: 'http://ada:***@proxy:3128/' },
      enrolment: { expires: '2026-12-01T00:00:00.000Z', app: 'Hearth on laptop' },
    });
  });
});
