import { describe, expect, it } from 'vitest';
import { checkKubeconfig } from '../../../../main/backend/boxes/cluster/kubeconfig.ts';
import { readService } from '../../../../main/backend/boxes/finding/mdns.ts';
import { hostsOf, mostAddresses, networksOf, scanAddresses } from '../../../../main/backend/boxes/finding/networks.ts';
import { readAddress, sameAddress, writeAddress } from '../../../../main/backend/boxes/link/address.ts';
import { problemOf } from '../../../../main/backend/boxes/link/problems.ts';
import { readState } from '../../../../main/backend/boxes/link/state-schema.ts';
import { describe as words, isReading } from '../../../../main/backend/audit/words.ts';
import { authority } from '../../../support/cluster-doubles.ts';
import { k3sKubeconfig } from '../../../support/boxes/cluster.ts';
import { stateOf } from '../../../support/boxes/stand-in.ts';

const card = (address: string, prefix: number, internal = false) => ({
  address, netmask: '', family: 'IPv4' as const, mac: '52:54:00:00:00:01', internal, cidr: `${address}/${prefix}`,
}); // prettier-ignore

describe('addresses', () => {
  it('with and without port', () => {
    expect(readAddress('192.168.1.20')).toEqual({ host: '192.168.1.20', port: 8443 });
    expect(writeAddress(readAddress(' Hearth.local:9000 '))).toBe('hearth.local:9000');
    expect(sameAddress('10.0.0.1:8443', '10.0.0.1')).toBe(true);
  });
  it.each(['', '1.2.3', '1.2.3.400', 'host:0', 'host:70000', 'a b', '-x', 'http://x', '[::1]', '../x'])('not "%s"', (text) => {
    expect(() => readAddress(text)).toThrow('no address of a box');
  }); // prettier-ignore
});

describe('the scan', () => {
  it('asks every host of a small network, and those around us in a large one', () => {
    expect(hostsOf('192.168.7.9', 29)).toEqual(['192.168.7.9', '192.168.7.10', '192.168.7.11', '192.168.7.12', '192.168.7.13', '192.168.7.14']);
    expect(hostsOf('10.1.2.3', 8)).toHaveLength(254);
    expect(hostsOf('10.1.2.3', 8)[0]).toBe('10.1.2.1');
    expect(hostsOf('10.1.2.3', 22)).toHaveLength(1022);
  }); // prettier-ignore
  it('never its own address, containers, loopback or link-local, and never more than it may', () => {
    const all = scanAddresses({
      lo: [card('127.0.0.1', 8, true)],
      docker0: [card('172.17.0.1', 16)],
      eth0: [card('192.168.1.5', 24), card('169.254.3.3', 16)],
    });
    expect(all).toHaveLength(253);
    expect(all).not.toContain('192.168.1.5');
    const many = Object.fromEntries(Array.from({ length: 9 }, (_each, at) => [`eth${at}`, [card(`10.${at}.0.1`, 24)]]));
    expect(scanAddresses(many)).toHaveLength(mostAddresses);
  });
  it('broadcast addresses', () => {
    expect(networksOf({ eth0: [card('192.168.1.5', 24)], eth1: [card('10.0.5.1', 20)] }).map(({ broadcast }) => broadcast)).toEqual(['192.168.1.255', '10.0.15.255']);
  }); // prettier-ignore
});

describe('announcements', () => {
  const id = 'b'.repeat(32);
  it('say where to look', () => {
    const service = {
      port: 8443,
      addresses: ['192.168.1.9', 'fe80::1'],
      txt: { id },
      referer: { address: '192.168.1.9' },
    };
    expect(readService(service)).toEqual({ addresses: ['192.168.1.9'], boxId: id });
  });
  it.each([
    {},
    { port: 0, addresses: ['192.168.1.9'] },
    { port: 'x', addresses: ['192.168.1.9'] },
    { port: 8443, addresses: 'no list' },
    { port: 8443, addresses: ['example.com', '224.0.0.1', '255.255.255.255', '0.0.0.0', 7] },
  ])('garbage is passed over: %j', (service) => {
    expect(readService(service)).toBeUndefined();
  });
  it('an id that is none is left out', () => {
    expect(readService({ port: 8443, addresses: ['10.0.0.1'], txt: { id: `${id}x` } })).toEqual({
      addresses: ['10.0.0.1'],
    });
    expect(readService({ port: 8443, addresses: ['10.0.0.1'], txt: null })).toEqual({ addresses: ['10.0.0.1'] });
  });
});

it('a state of another shape is not shown', () => {
  const state = stateOf('c'.repeat(32));
  expect(readState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  expect(readState({ ...state, future: 1 })).toEqual(state);
  for (const change of [{ boxId: 'x' }, { stage: 'else' }, { addresses: {} }, { name: '' }, { apps: [{ name: 'x' }] }])
    expect(readState({ ...state, ...change })).toBeUndefined();
  expect(readState('text')).toBeUndefined();
});

it('what a box says went wrong is cut to size', () => {
  const said = problemOf({ code: 'x', title: 't'.repeat(9999), detail: 'd'.repeat(99_999), kind: 'denied', output: Array.from({ length: 500 }, () => 'line') });
  expect(said?.title).toHaveLength(200);
  expect(said?.detail).toHaveLength(2000);
  expect(said?.output).toHaveLength(40);
  expect(problemOf({ title: 'no code' })).toBeUndefined();
}); // prettier-ignore

it('a kubeconfig of the box is dialled where the box was reached', async () => {
  const ca = await authority('k3s');
  const box = { name: 'attic', host: '192.168.1.9', addresses: ['192.168.1.9', '10.0.0.3'] };
  const made = checkKubeconfig(k3sKubeconfig(ca.cert, 6443, { cluster: { server: 'https://10.0.0.3:6443' } }), box);
  expect(made.server.href).toBe('https://192.168.1.9:6443/');
  expect(made.text()).toContain('server: https://192.168.1.9:6443\n');
  expect(made.text('kubernetes')).toContain('tls-server-name: kubernetes');
  expect(made.text()).toContain('current-context: attic');
});

it('the history names what was done, and no secret', () => {
  const told = words('boxes.act', { id: 'box', action: { do: 'account', name: 'ada', password: 'correct horse' } });
  expect(told).toEqual({ what: 'Box: set who signs in', object: { kind: 'Box', name: 'box' } });
  expect(JSON.stringify(words('boxes.pair', { address: '10.0.0.9', code: '12345678' }))).not.toContain('12345678');
  expect(words('boxes.pair', { address: '10.0.0.9' }).what).toBe(
    'Pair with the box at 10.0.0.9 by the secret of a stick',
  );
  for (const name of [
    'boxes.lookAt',
    'boxes.health',
    'boxes.logs',
    'boxes.resetPreview',
    'boxes.images',
    'ownBox.health',
  ])
    expect([name, isReading(name)]).toEqual([name, true]);
  for (const name of ['boxes.pair', 'boxes.joinTicket', 'boxes.write', 'boxes.saveLogs', 'boxes.adopt'])
    expect([name, isReading(name)]).toEqual([name, false]);
});
