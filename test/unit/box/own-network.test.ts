import { describe, expect, it } from 'vitest';
import { cameOver, notOverIt } from '../../../main/backend/own-box/over-it.ts';
import type { BoxAddress, BoxNetworkTrial, BoxNetworkView } from '../../../main/contract/box/state.ts';
import { newPlace } from '../../../renderer/features/boxes/new-place.ts';

const trial = (network?: BoxNetworkView): BoxNetworkTrial => ({ id: 't', secondsLeft: 9, ...(network && { network }) });
const fixed: BoxNetworkView = { addressing: { method: 'static', address: '192.168.1.40/24', dns: [] } };
const dhcp: BoxNetworkView = { addressing: { method: 'dhcp' } };
const card = (address: string, more: Partial<BoxAddress> = {}): BoxAddress => ({
  interface: 'x',
  kind: 'ethernet',
  mac: '52:54:00:00:00:01',
  link: true,
  address,
  ...more,
});

describe('who came over the network that is tried', () => {
  it.each([
    ['a fixed address, at it', fixed, [card('192.168.1.40')], '192.168.1.40', true],
    ['a fixed address, at it as IPv6 tells it', fixed, [], '::ffff:192.168.1.40', true],
    ['a fixed address, at the former one', fixed, [card('192.168.1.31')], '192.168.1.31', false],
    ['a fixed address, by IPv6', fixed, [], 'fe80::1', false],
    ['at the box itself', fixed, [], '127.0.0.1', false],
    ['an address of the network', dhcp, [card('10.0.0.9')], '10.0.0.9', true],
    ['an address of another card', { ...dhcp, mac: '52:54:00:00:00:02' }, [card('10.0.0.9')], '10.0.0.9', false],
    ['of the card that was named', { ...dhcp, mac: '52:54:00:00:00:01' }, [card('10.0.0.9')], '10.0.0.9', true],
    ['over the cable, while Wi-Fi is tried', { ...dhcp, wifi: { ssid: 'x' } }, [card('10.0.0.9')], '10.0.0.9', false],
    ['over Wi-Fi', { ...dhcp, wifi: { ssid: 'x' } }, [card('10.0.0.9', { kind: 'wifi' })], '10.0.0.9', true],
    ['at an address that a card without link keeps', dhcp, [card('10.0.0.9', { link: false })], '10.0.0.9', false],
    ['of an agent that does not tell', undefined, [], '10.0.0.9', true],
  ])('%s', (_what, network, addresses, at, came) => expect(cameOver(trial(network), addresses, at)).toBe(came));

  it('is told where to go else', () => {
    expect(notOverIt(trial(fixed), '::ffff:10.0.0.1').problem).toMatchObject({
      code: 'network-not-over-it',
      detail: expect.stringContaining('at 10.0.0.1') as string,
      fix: expect.stringContaining('192.168.1.40') as string,
    });
    expect(notOverIt(trial(dhcp), '10.0.0.1').problem.fix).toContain('its screen');
  });
});

describe('where a page goes', () => {
  it.each([
    ['192.168.1.31', { host: '192.168.1.40', url: 'https://192.168.1.40:8443/' }],
    ['192.168.1.40', undefined],
    ['hearth.local', undefined],
  ])('from %s', (host, place) => expect(newPlace(trial(fixed), { host, port: '8443' })).toEqual(place));
  it('knows no address that the network is still to give, and gives the app none', () => {
    expect(newPlace(trial(dhcp), { host: '10.0.0.1', port: '8443' })).toBeUndefined();
    expect(newPlace(trial(), { host: '10.0.0.1' })).toBeUndefined();
    expect(newPlace(trial(fixed), { host: '10.0.0.1' })).toEqual({ host: '192.168.1.40' });
  });
});
