import { describe, expect, it } from 'vitest';
import { checkKubeconfig } from '../../../../main/backend/boxes/cluster/kubeconfig.ts';
import { readService } from '../../../../main/backend/boxes/finding/mdns.ts';
import {
  hostsOf,
  ipv6Cards,
  mostAddresses,
  networksOf,
  scanAddresses,
} from '../../../../main/backend/boxes/finding/networks.ts';
import { hostHeader, readAddress, sameAddress, writeAddress } from '../../../../main/backend/boxes/link/address.ts';
import { fileName } from '../../../../main/backend/boxes/link/plain-words.ts';
import { problemOf } from '../../../../main/backend/boxes/link/problems.ts';
import { readState } from '../../../../main/backend/boxes/link/state-schema.ts';
import { describe as words, isReading } from '../../../../main/backend/audit/words.ts';
import { bestAddress } from '../../../../main/contract/box/address.ts';
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
  it.each([
    ['fd00::20', { host: 'fd00::20', port: 8443 }, '[fd00::20]'],
    [' [FD00:0:0::20]:9000 ', { host: 'fd00::20', port: 9000 }, '[fd00::20]:9000'],
    ['2001:db8:0:0:1::1', { host: '2001:db8::1:0:0:1', port: 8443 }, '[2001:db8::1:0:0:1]'],
    ['[fe80::1%eth0]', { host: 'fe80::1%eth0', port: 8443 }, '[fe80::1%eth0]'],
    ['fe80::1%enp3s0.7', { host: 'fe80::1%enp3s0.7', port: 8443 }, '[fe80::1%enp3s0.7]'],
    ['[fd00::20%eth0]:8443', { host: 'fd00::20', port: 8443 }, '[fd00::20]'],
    ['[::1]', { host: '::1', port: 8443 }, '[::1]'],
  ])('IPv6: %s', (text, read, written) => {
    expect(readAddress(text)).toEqual(read);
    expect(writeAddress(read)).toBe(written);
    expect(readAddress(written)).toEqual(read);
    expect(sameAddress(text, written)).toBe(true);
  });
  it('a zone is this computer’s own business', () => {
    expect(hostHeader(readAddress('[fe80::1%eth0]:9000'))).toBe('[fe80::1]:9000');
    expect(hostHeader(readAddress('192.168.1.20'))).toBe('192.168.1.20:8443');
  });
  it('a link-local address without its card is asked for that', () => {
    expect(() => readAddress('fe80::1')).toThrow('needs the name of your network card');
  });
  it.each(['', '1.2.3', '1.2.3.400', 'host:0', 'host:70000', 'a b', '-x', 'http://x', '../x', '[fd00::1', 'fd00::1]', '[]', '[::1]:0', '[::1]x', '::g', 'fd00:::1', '[fe80::1%]', '[fe80::1%a b]', '[fe80::1%$(x)]', '[host]', '1:2', ':::::::::'])('not "%s"', (text) => {
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
  it('that lead to this computer itself count only when they come from it', () => {
    const service = { port: 6379, addresses: ['127.0.0.1', '192.168.1.9'] };
    expect(readService({ ...service, referer: { address: '192.168.1.66' } })?.addresses).toEqual(['192.168.1.9:6379', '192.168.1.66:6379']);
    expect(readService({ port: 8443, addresses: ['127.0.0.1'] })).toBeUndefined();
    expect(readService({ port: 8443, addresses: ['127.0.0.5'], referer: { address: '127.0.0.1' } })?.addresses).toEqual(['127.0.0.5', '127.0.0.1']);
  }); // prettier-ignore
  it('over IPv6 count too: link-local ones on the card they were heard over, after all others', () => {
    const heard = (address: string) => ({ port: 8443, addresses: ['fe80::5054:1', 'fd00::20', '::1', 'ff02::fb', '192.168.1.9'], referer: { address } });
    expect(readService(heard('fe80::5054:1%eth0'))?.addresses).toEqual(['192.168.1.9', '[fd00::20]', '[fe80::5054:1%eth0]']);
    expect(readService(heard('192.168.1.9'))?.addresses).toEqual(['192.168.1.9', '[fd00::20]']);
    expect(readService({ port: 8443, addresses: ['fe80::1'], referer: { address: 'fe80::1' } })).toBeUndefined();
  }); // prettier-ignore
  it('are asked for over each card with IPv6, but not over those of containers', () => {
    const six = (address: string, internal = false) => ({ address, netmask: '', family: 'IPv6' as const, mac: '', internal, cidr: null, scopeid: 2 });
    expect(ipv6Cards({ lo: [six('::1', true)], eth0: [card('10.0.0.2', 24), six('fe80::1')], wlan0: [six('fd00::2'), six('fe80::2')], cni0: [six('fe80::3')], wan: [six('2001:db8::1')] })).toEqual(['eth0', 'wlan0']);
  }); // prettier-ignore
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

it('what a box says moves no cursor, hides nothing, and has no second line where there is one', () => {
  const problem = { code: 'x', title: 'a\u001b]0;b\u0007', detail: 'one\ntwo\u202ethree', kind: 'failed', output: ['\u001b[2J'] };
  const step = { title: '\u001b[1mStep', state: 'running' };
  const said = readState({ ...stateOf('c'.repeat(32), '\u001b[31mattic\r'), words: 'one\ntwo\u0000', problem, progress: { fraction: 0, steps: [step] } });
  expect(said).toMatchObject({ name: '[31mattic', words: 'one two ', problem: { title: 'a ]0;b ', detail: 'one\ntwo three', output: [' [2J'] }, progress: { steps: [{ title: ' [1mStep' }] } });
  expect(readState({ ...stateOf('c'.repeat(32)), name: '\u200b\u0007' })).toBeUndefined();
  expect(['../../etc/x', '.hidden', 'attic 2', '', '-rf'].map(fileName)).toEqual(['etc-x', 'hidden', 'attic-2', 'box', 'rf']);
}); // prettier-ignore

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

it('a kubeconfig of a box that has IPv6 alone is dialled there', async () => {
  const ca = await authority('k3s');
  const box = { name: 'attic', host: 'fd00::20', addresses: ['fd00::20', 'fe80::1%eth0'] };
  for (const from of ['https://[fd00::20]:6443', 'https://[fe80::1]:6443', 'https://127.0.0.1:6443']) {
    const made = checkKubeconfig(k3sKubeconfig(ca.cert, 6443, { cluster: { server: from } }), box);
    expect(made.text()).toContain('server: https://[fd00::20]:6443\n');
  }
  expect(() => checkKubeconfig(k3sKubeconfig(ca.cert, 6443, { cluster: { server: 'https://[fd00::21]:6443' } }), box)).toThrow('not used'); // prettier-ignore
});

it('the address that is shown and dialled is the one that leads furthest', () => {
  const one = (address: string | undefined, ...ipv6: string[]) => ({ interface: 'e', kind: 'ethernet' as const, mac: '', link: true, ipv6, ...(address !== undefined && { address }) }); // prettier-ignore
  expect(bestAddress([one(undefined, 'fd00::1', 'fe80::1'), one('10.0.0.1')])).toBe('10.0.0.1');
  expect(bestAddress([one(undefined, 'fd00::1', 'fe80::1')])).toBe('fd00::1');
  expect([bestAddress([one(undefined, 'fe80::1')]), bestAddress([one(undefined, 'fe80::1')], true), bestAddress([])]).toEqual([undefined, 'fe80::1', undefined]); // prettier-ignore
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
