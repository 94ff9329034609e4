import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAddresses } from '../../../../main/backend/boxes/agent/addresses.ts';
import { parseCommandLine } from '../../../../main/backend/boxes/agent/command-line.ts';
import { createSerialLog } from '../../../../main/backend/boxes/agent/serial-log.ts';
import type { AgentState } from '../../../../main/contract/box/agent.ts';

let net: string;
beforeEach(async () => {
  net = await mkdtemp(join(tmpdir(), 'hearth-net-'));
});
afterEach(() => rm(net, { recursive: true }));

async function card(name: string, more: { virtual?: boolean; wifi?: boolean; carrier?: string } = {}): Promise<void> {
  const real = join(net, more.virtual ? 'devices/virtual/net' : 'devices/pci0/net', name);
  await mkdir(more.wifi ? join(real, 'wireless') : real, { recursive: true });
  for (const [file, text] of Object.entries({ type: '1', address: `52:54:00:00:00:${name.length}0`, carrier: more.carrier ?? '1' })) await writeFile(join(real, file), `${text}\n`);
  await mkdir(join(net, 'class'), { recursive: true });
  await symlink(join('..', more.virtual ? 'devices/virtual/net' : 'devices/pci0/net', name), join(net, 'class', name));
} // prettier-ignore
const six = (address: string) => ({ family: 'IPv6', address, internal: false });
const four = (address: string) => ({ family: 'IPv4', address, internal: false });

it('tells IPv6 in the order of how far it leads, without zones, and a card with it before one without', async () => {
  await card('eth0');
  await card('eth1');
  await card('wlan0', { wifi: true });
  await card('vlan7', { virtual: true });
  await card('vlan8', { virtual: true });
  const found = await readAddresses(join(net, 'class'), () => ({
    eth0: [six('fe80::1%eth0')],
    eth1: [six('FE80::2'), six('2001:db8::2'), six('fd00::2'), six('2001:db8::3'), six('2001:db8::4')],
    wlan0: [four('10.0.0.3'), six('fe80::3')],
    vlan7: [six('fd07::7')],
    vlan8: [six('fe80::8')],
  }));
  expect(found.map(({ interface: name, address, ipv6 }) => [name, address, ipv6])).toEqual([
    ['wlan0', '10.0.0.3', ['fe80::3']],
    ['eth1', undefined, ['fd00::2', '2001:db8::2', '2001:db8::3', '2001:db8::4']],
    ['vlan7', undefined, ['fd07::7']],
    ['eth0', undefined, ['fe80::1']],
  ]);
});

it('says it on the serial line, IPv4 first', () => {
  const said: string[] = [];
  const log = createSerialLog((line) => said.push(line), parseCommandLine('hearth.serial'));
  const state = (ipv6: string[], address?: string): AgentState =>
    ({ boxId: 'x', stage: 'setup', words: 'w', image: { version: '1', medium: 'disk' }, addresses: [{ interface: 'e', kind: 'ethernet', mac: '', link: true, ipv6, ...(address && { address }) }] }) as unknown as AgentState; // prettier-ignore
  log(state(['fe80::1']));
  log(state(['fd00::1', 'fe80::1']));
  log(state(['fd00::1'], '10.0.0.1'), { fingerprint: 'ab', port: 8443, apps: [] });
  expect(said.filter((line) => line.includes('address='))).toEqual(['hearth: address=fe80::1', 'hearth: address=fd00::1', 'hearth: address=10.0.0.1 port=8443 fp=ab']); // prettier-ignore
});
