import { describe, expect, it } from 'vitest';
import { boxNetworkSchema } from '../../../../main/contract/box/network.ts';
import { boxStageSchema } from '../../../../main/contract/box/state.ts';
import { taskPlace } from '../../../../renderer/features/activity/task-place.ts';
import { boxCommands } from '../../../../renderer/app/more-commands.ts';
import { errorOf, fromNetwork, plainNetwork, toNetwork } from '../../../../renderer/features/boxes/network-draft.ts';
import { keyboards, languages, timeZones } from '../../../../renderer/features/boxes/regions.ts';
import { asAddress, digitsOf, plainAddress, shortPrint, standing } from '../../../../renderer/features/boxes/view.ts';
import { boxWishesSchema } from '../../../../main/contract/box/settings.ts';
import { boxRow, boxState } from '../../../support/fake/boxes/data.ts';

describe('what is typed', () => {
  it.each([
    ['192.168.1.20', '192.168.1.20'],
    [' https://192.168.1.20:8443/ ', '192.168.1.20:8443'],
    ['hearth.local', 'hearth.local'],
    ['https://[fd00::20]:8443/#abc', '[fd00::20]:8443'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['[fd00::20', undefined],
    ['', undefined],
    ['two words', undefined],
    ['box:port', undefined],
    ['[fe80::1]', '[fe80::1]'],
  ])('%j as an address is %j', (text, address) => expect(asAddress(text)).toBe(address));

  it.each([
    ['1234 5678', '12345678'],
    ['1234-5678 9', '12345678'],
    ['12ab', '12'],
  ])('%j as a code is %j', (text, code) => expect(digitsOf(text)).toBe(code));

  it('shows an address without the port that all have, and a key by its beginning', () => {
    expect(plainAddress('192.168.1.20:8443')).toBe('192.168.1.20');
    expect(plainAddress('192.168.1.20:9000')).toBe('192.168.1.20:9000');
    expect(shortPrint('0123456789abcdef'.repeat(4))).toBe('0123 4567 89ab cdef');
  });
});

describe('how a box stands', () => {
  it('says the link first, then what is under way, then its stage', () => {
    const state = boxState('ready');
    expect(standing(boxRow(state)).word).toBe('Ready');
    expect(standing(boxRow({ ...state, busy: { what: 'reboot', words: '' } })).word).toBe('Restarting');
    expect(standing(boxRow(state, { state: 'offline' })).word).toBe('Offline');
    expect(standing(boxRow(state, { state: 'changed' }))).toEqual({ tone: 'error', word: 'Another key' });
  });
  it.each(boxStageSchema.options)('has a word of its own for %s', (stage) => {
    expect(standing(boxRow(boxState(stage))).word).not.toContain('stage.');
  });
});

describe('a network', () => {
  it('that is plain is DHCP on any card', () => {
    expect(boxNetworkSchema.parse(toNetwork(plainNetwork))).toEqual({ addressing: { method: 'dhcp' } });
  });
  it('goes there and back', () => {
    const network = boxNetworkSchema.parse({
      mac: '52:54:00:12:34:56',
      addressing: { method: 'static', address: '10.1.0.5/16', gateway: '10.1.0.1', dns: ['10.1.0.1', '9.9.9.9'] },
      vlan: 12,
    });
    const { wifi: _none, ...view } = network;
    expect(toNetwork(fromNetwork(view))).toEqual(network);
  });
  it('over Wi-Fi carries no VLAN, and an open one no password', () => {
    const draft = { ...plainNetwork, wifi: true, ssid: 'Attic', security: 'open' as const, password: 'left over', vlan: '7', country: 'de' };
    expect(toNetwork(draft)).toEqual({ addressing: { method: 'dhcp' }, wifi: { ssid: 'Attic', security: 'open', hidden: false, country: 'DE' } });
    expect(boxNetworkSchema.safeParse(toNetwork(draft)).success).toBe(true);
  }); // prettier-ignore
  it('that is wrong is told at its field', () => {
    const parsed = boxNetworkSchema.safeParse(toNetwork({ ...plainNetwork, method: 'static', address: '10.1.0.5', vlan: 'x' })); // prettier-ignore
    const fields = Object.fromEntries((parsed.error?.issues ?? []).map((each) => [each.path.join('.'), each.message]));
    expect(errorOf(fields, 'addressing.address')).toContain('prefix');
    expect(errorOf(fields, 'vlan')).toBeDefined();
    expect(errorOf(fields, 'addressing.gateway')).toBeUndefined();
    expect(errorOf({ 'sshKeys.2': 'One public key' }, 'sshKeys')).toBe('One public key');
  });
});

describe('regions', () => {
  it.each([...keyboards('').map(({ value }) => value), 'us+altgr-intl'])('keyboard %s is one that a box takes', (keyboard) => {
    expect(boxWishesSchema.safeParse({ keyboard }).success).toBe(true);
    expect(keyboards(keyboard).some((each) => each.value === keyboard)).toBe(true);
  }); // prettier-ignore
  it('languages and time zones are ones that a box takes', () => {
    const refused = (key: 'language' | 'timeZone', values: { value: string }[]): string[] =>
      values.map(({ value }) => value).filter((value) => !boxWishesSchema.safeParse({ [key]: value }).success);
    expect(refused('language', languages(''))).toEqual([]);
    expect(refused('timeZone', timeZones(''))).toEqual([]);
    expect(timeZones('')[0]?.value).toBe('UTC');
  });
});

describe('from elsewhere', () => {
  it('a task leads to the page of its box or stick', () => {
    expect(taskPlace({ type: 'box-update', object: { kind: 'Box', name: 'a/b' } })?.to).toBe('/boxes/a%2Fb');
    expect(taskPlace({ type: 'stick-write' })?.to).toBe('/boxes/stick');
    expect(taskPlace({ type: 'box-image' })?.to).toBe('/boxes/stick');
    expect(taskPlace({ type: 'box-scan' })?.to).toBe('/boxes');
  });
  it('the palette wakes only a box that sleeps', () => {
    const gone: string[] = [];
    const doing = { go: (to: string) => void gone.push(to), wake: () => undefined };
    const awake = boxRow(boxState('ready'));
    expect(boxCommands([awake], doing).map(({ label }) => label)).toEqual(['Box cellar']);
    expect(boxCommands([{ ...awake, state: 'offline' }], doing).map(({ label }) => label)).toEqual([
      'Box cellar',
      'Wake cellar',
    ]);
    expect(boxCommands([{ ...awake, state: 'offline', macs: [] }], doing)).toHaveLength(1);
    boxCommands([awake], doing)[0]?.run();
    expect(gone).toEqual([`/boxes/${awake.id}`]);
  });
});
