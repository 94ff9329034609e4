import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent } from '../../../../main/backend/boxes/agent/agent.ts';
import { agentLab, fileText, until } from '../../../support/boxes/agent/agent-lab.ts';
import type { AgentLab } from '../../../support/boxes/agent/agent-lab.ts';
import { dial } from '../../../support/boxes/agent/asker.ts';
import type { Asker } from '../../../support/boxes/agent/asker.ts';

const onDisk = 'hearth.medium=1A2B-3C4D hearth.slot=a hearth.data=0b0c0d0e-0000-4000-8000-000000000001';
const boxId = 'cd'.repeat(16);
const ssh = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxv me@desk';
const connections = '/etc/NetworkManager/system-connections';
const main = `${connections}/hearth.nmconnection`;

let lab: AgentLab;
let agent: Agent | undefined;
let client: Asker;
const put = async (path: string, value: unknown): Promise<void> => {
  await mkdir(dirname(lab.at(path)), { recursive: true });
  await writeFile(lab.at(path), JSON.stringify(value));
};
const start = async (): Promise<void> => {
  lab.ran.length = 0;
  agent = await lab.start();
  client = await dial(lab.at('/run/hearth/agent.sock'));
};
const stop = async (): Promise<void> => {
  client.close();
  await agent?.close();
};
const applied = (): Promise<unknown> =>
  until('wishes applied', () => stat(lab.at('/var/lib/hearth/agent/applied.json')).catch(() => undefined), Boolean);

beforeEach(async () => {
  lab = await agentLab(onDisk);
  await put('/run/hearth/medium/hearth/box.json', { boxId, hostName: 'attic', installId: 'ab'.repeat(16), version: '0.2.0', installedAt: '2026-11-01T00:00:00Z' }); // prettier-ignore
});
afterEach(async () => {
  await stop();
  await lab.remove();
});

describe('a box on its disk', () => {
  it('puts its wishes into effect once, and leaves alone what was changed by hand', async () => {
    await put('/var/lib/hearth/agent/wishes.json', {
      hostName: 'attic',
      keyboard: 'de',
      timeZone: 'Europe/Berlin',
      language: 'de_DE',
      sshKeys: [ssh],
      proxy: { http: 'http://proxy:3128' },
      network: { wifi: { ssid: 'Haus', security: 'wpa-psk', password: 'geheim12', country: 'DE' } },
    });
    await start();
    await applied();
    expect(await fileText(lab.at('/etc/hostname'))).toBe('attic\n');
    expect(await fileText(lab.at('/etc/default/keyboard'))).toContain('XKBLAYOUT="de"');
    expect(await fileText(lab.at('/etc/timezone'))).toBe('Europe/Berlin\n');
    expect(await fileText(lab.at('/home/admin/.ssh/authorized_keys'))).toBe(`${ssh}\n`);
    expect(await fileText(lab.at('/etc/modprobe.d/50-hearth-wifi.conf'))).toContain('ieee80211_regdom=DE');
    const keyfile = await fileText(lab.at(main));
    expect(keyfile).toContain('psk=geheim12');
    for (const path of [main, '/home/admin/.ssh/authorized_keys', '/var/lib/hearth/agent/wishes.json'])
      expect((await stat(lab.at(path))).mode & 0o777).toBe(0o600);
    expect((await stat(lab.at('/etc/hostname'))).mode & 0o777).toBe(0o644);
    for (const line of ['hostname attic', 'iw reg set DE', 'systemctl enable --now ssh.service', 'nmcli connection reload'])
      expect(lab.ran).toContain(line);
    const told = JSON.stringify([agent?.state, await client.ask({ do: 'wishes' })]);
    expect(told).toContain('Haus');
    expect(told).not.toContain('geheim12');
    expect(agent?.state).toMatchObject({ boxId, stage: 'setup', image: { medium: 'disk', slot: 'a' } });

    await stop();
    await writeFile(lab.at('/etc/hostname'), 'by-hand\n');
    await start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await fileText(lab.at('/etc/hostname'))).toBe('by-hand\n');
    expect(lab.ran.some((line) => line.startsWith('hostname'))).toBe(false);
  }); // prettier-ignore

  it('is set up anew without any settings, as after a factory reset', async () => {
    const wanted = lab.at('/etc/systemd/system/multi-user.target.wants');
    await mkdir(wanted, { recursive: true });
    await symlink('/usr/lib/systemd/system/ssh.service', join(wanted, 'ssh.service'));
    await start();
    await applied();
    expect(agent?.state).toMatchObject({ boxId, stage: 'setup', wishes: { hostName: 'attic', keyboard: 'us' } });
    expect(agent?.state.problem).toBeUndefined();
    expect(lab.ran).toContain('systemctl disable --now ssh.service');
  });

  it('tells a wish that fails, puts the others into effect, and tries again at the next start', async () => {
    await put('/var/lib/hearth/agent/wishes.json', { hostName: 'attic', timeZone: 'Europe/Atlantis', keyboard: 'de' });
    await start();
    await until('problem', () => agent?.state.problem?.code, (code) => code === 'time-zone-unknown'); // prettier-ignore
    expect(await fileText(lab.at('/etc/default/keyboard'))).toContain('"de"');
    await expect(client.ask({ do: 'name', hostName: 'cellar', timeZone: 'Mars/Base' })).rejects.toMatchObject({ problem: { fields: { timeZone: expect.any(String) as string } } }); // prettier-ignore
    await client.ask({ do: 'name', hostName: 'cellar', timeZone: 'UTC' });
    expect(await fileText(lab.at('/etc/hostname'))).toBe('cellar\n');
    expect(agent?.state.wishes).toMatchObject({ hostName: 'cellar', keyboard: 'de', timeZone: 'UTC' });
  });

  it('says so when its data is out of reach', async () => {
    await put('/run/hearth/trouble', 'The data partition did not appear.');
    await start();
    await until('trouble', () => agent?.state.stage, (stage) => stage === 'trouble'); // prettier-ignore
    expect(agent?.state.problem?.code).toBe('box-data-missing');
  });

  it('gives the secret that the installer left once', async () => {
    const enrolment = { secret: 's'.repeat(43), expires: '2099-01-01T00:00:00Z', app: { name: 'Desk', fingerprint: 'f'.repeat(64) } }; // prettier-ignore
    await put('/var/lib/hearth/agent/enrolment.json', enrolment);
    await start();
    expect(await client.ask({ do: 'enrolment' })).toEqual(enrolment);
    await client.ask({ do: 'enrolment-spent' });
    expect(await stat(lab.at('/var/lib/hearth/agent/enrolment.json')).catch(() => 'gone')).toBe('gone');
    await stop();
    await put('/var/lib/hearth/agent/enrolment.json', enrolment);
    await start();
    expect(await client.ask({ do: 'enrolment' })).toBeNull();
  });
});

describe('a network that is tried', () => {
  const fixed = {
    mac: '52:54:00:12:34:56',
    addressing: { method: 'static' as const, address: '192.168.7.9/24', dns: [] },
  };
  const inEffect = () => until('in effect', () => agent?.state.network.trial?.inEffect, Boolean);
  const isFixed = async (): Promise<boolean> => (await fileText(lab.at(main))).includes('192.168.7.9/24');
  beforeEach(async () => {
    await start();
    await applied();
  });

  it('is taken back by itself', async () => {
    expect(await client.ask({ do: 'network', network: fixed })).toMatchObject({ seconds: 60 });
    await until('tried', isFixed, Boolean);
    expect(agent?.state.network.trial).toBeDefined();
    await expect(client.ask({ do: 'network', network: fixed })).rejects.toMatchObject({ problem: { code: 'network-trial-running' } }); // prettier-ignore
    await until('taken back', isFixed, (fixedStill) => !fixedStill); // prettier-ignore
    expect(agent?.state.network.current.addressing.method).toBe('dhcp');
    expect(agent?.state.network.trial).toBeUndefined();
    expect(agent?.state.problem?.code).toBe('network-not-kept');
    // News, not a state: the next trial, or some minutes, and it is over.
    await client.ask({ do: 'network', network: fixed });
    await until('told no more', () => agent?.state.problem, (problem) => problem === undefined); // prettier-ignore
  });

  it('stays when it is kept, also over the next start', async () => {
    const { id } = (await client.ask({ do: 'network', network: fixed })) as { id: string };
    expect(agent?.state.network.trial).toMatchObject({ id, network: fixed, inEffect: false });
    // Nobody can know yet whether it works.
    await expect(client.ask({ do: 'keep-network', trial: id })).rejects.toMatchObject({ problem: { code: 'network-trial-early' } }); // prettier-ignore
    await inEffect();
    await client.ask({ do: 'keep-network', trial: id });
    expect(agent?.state.network).toEqual({ current: fixed });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await isFixed()).toBe(true);
    await stop();
    await start();
    expect(agent?.state.network.current).toEqual(fixed);
  });

  it('is taken back after the agent, or the power, went meanwhile', async () => {
    await client.ask({ do: 'network', network: fixed });
    await until('tried', isFixed, Boolean);
    await stop();
    await start();
    await until('taken back', isFixed, (fixedStill) => !fixedStill); // prettier-ignore
    await until('forgotten', () => stat(lab.at('/var/lib/hearth/agent/network-trial.json')).catch(() => undefined), (found) => !found); // prettier-ignore
    expect(agent?.state.network.current.addressing.method).toBe('dhcp');
  });

  it('is taken back at once when it does not come up', async () => {
    lab.codes['nmcli --wait'] = 4;
    await client.ask({ do: 'network', network: fixed });
    await until('problem', () => agent?.state.problem?.code, (code) => code === 'network-not-up'); // prettier-ignore
    delete lab.codes['nmcli --wait'];
    await until('taken back', isFixed, (fixedStill) => !fixedStill); // prettier-ignore
    expect(agent?.state.network.trial).toBeUndefined();
  });

  it('leaves no connection of another kind behind', async () => {
    const { id } = (await client.ask({ do: 'network', network: { addressing: { method: 'dhcp' }, vlan: 7 } })) as { id: string }; // prettier-ignore
    await until('port', () => stat(lab.at(`${connections}/hearth-port.nmconnection`)).catch(() => undefined), Boolean);
    await inEffect();
    await client.ask({ do: 'keep-network', trial: id });
    await client.ask({ do: 'network', network: fixed });
    await until('port gone', () => stat(lab.at(`${connections}/hearth-port.nmconnection`)).catch(() => undefined), (found) => !found); // prettier-ignore
    expect(await isFixed()).toBe(true);
  });
});
