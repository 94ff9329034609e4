import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readBootenv, writeBootenv } from '../../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import { grubStarts, upkeepLab, wholeSystem } from '../../../support/boxes/upkeep-lab.ts';
import type { UpkeepLab } from '../../../support/boxes/upkeep-lab.ts';

let lab: UpkeepLab;
beforeEach(async () => {
  lab = await upkeepLab();
  const agent = lab.agent('a', '1.0.0');
  await agent.start();
  await agent.update({ path: await lab.image('new.img', { version: '1.1.0' }), restart: false });
  await lab.newBoot();
});
afterEach(() => lab.close());

const choice = () => readBootenv(join(lab.esp, 'hearth/bootenv'));
const units = (states: Record<string, string>): string =>
  ['hearth.service', 'NetworkManager.service', 'ssh.service', 'k3s.service', 'k3s-agent.service', 'nftables.service']
    .map((unit) => `Id=${unit}\nLoadState=loaded\nActiveState=${states[unit] ?? 'active'}\nUnitFileState=enabled`)
    .join('\n\n');
const restarts = (): number => lab.asked.filter((line) => line === 'systemctl --no-wall reboot').length;
const journalLine = JSON.stringify({ __REALTIME_TIMESTAMP: '1795313161000000', MESSAGE: 'cannot open /dev/kvm', _SYSTEMD_UNIT: 'hearth.service' }); // prettier-ignore

describe('a new version on trial', () => {
  it('goes back when it does not prove healthy in time, and the old one tells why', async () => {
    expect(await grubStarts(lab.esp)).toBe('b');
    const agent = lab.agent('b', '1.1.0', { trialSeconds: 60 });
    await agent.start();
    expect(agent.state()?.trial?.version).toBe('1.1.0');
    lab.answers.set('systemctl show', { stdout: units({ 'hearth.service': 'failed' }) });
    await expect(agent.keepVersion()).rejects.toMatchObject({ problem: { code: 'trial-unhealthy', detail: 'hearth.service failed.' } }); // prettier-ignore
    expect(agent.state()?.trial?.words).toContain('hearth.service failed.');
    expect(await choice()).toEqual({ keep: 'a', trial: 'b', tried: true });
    expect(restarts()).toBe(0);
    agent.close();
    // The agent itself was started again meanwhile: the time counts from the start of the computer.
    await lab.setUptime(61);
    const again = lab.agent('b', '1.1.0', { trialSeconds: 60 });
    await again.start();
    await vi.waitFor(() => expect(restarts()).toBe(1));
    expect(again.busy()?.words).toBe('Going back to the version before');

    expect(await grubStarts(lab.esp)).toBe('a');
    await lab.newBoot();
    lab.answers.set('journalctl -o json', { stdout: `${journalLine}\n` });
    const old = lab.agent('a', '1.0.0');
    await old.start();
    expect(old.state()).toMatchObject({
      running: '1.0.0',
      other: { version: '1.1.0', slot: 'b' },
      failed: { version: '1.1.0', problem: { code: 'trial-not-kept', output: ['hearth.service: cannot open /dev/kvm'] } },
    }); // prettier-ignore
    expect(lab.asked.find((line) => line.startsWith('journalctl'))).toContain('--boot=00000000-0000-4000-8000-000000000002'); // prettier-ignore
    expect(old.state()?.trial).toBeUndefined();
    expect(await choice()).toEqual({ keep: 'a', tried: false });
    // It is still known after another restart, until the next update.
    await lab.newBoot();
    const later = lab.agent('a', '1.0.0');
    await later.start();
    expect(later.state()?.failed?.problem.code).toBe('trial-not-kept');
    await later.update({ path: await lab.image('2.img', { version: '1.2.0' }), restart: false });
    expect(later.state()?.failed).toBeUndefined();
  });

  it('that hung before its agent ran is told apart, with the lines that its start left', async () => {
    expect(await grubStarts(lab.esp)).toBe('b');
    await lab.newBoot();
    expect(await grubStarts(lab.esp)).toBe('a');
    const hung = 'f'.repeat(32);
    lab.answers.set('journalctl --list-boots', { stdout: `-2 ${'1'.repeat(32)} Sat\n-1 ${hung} Sat\n 0 00000000000040008000000000000003 Sat\n` }); // prettier-ignore
    lab.answers.set('journalctl -o json', { stdout: `${journalLine}\n` });
    const old = lab.agent('a', '1.0.0');
    await old.start();
    expect(old.state()?.failed).toMatchObject({ version: '1.1.0', problem: { code: 'trial-did-not-start', title: 'The new version did not start', output: [expect.any(String)] } }); // prettier-ignore
    expect(lab.asked.at(-1)).toContain(`--boot=${hung}`);
  });

  it('that lost power meanwhile is told apart as well', async () => {
    await grubStarts(lab.esp);
    const agent = lab.agent('b', '1.1.0');
    await agent.start();
    agent.close();
    await lab.newBoot();
    const old = lab.agent('a', '1.0.0');
    await old.start();
    expect(old.state()?.failed?.problem.title).toBe('The new version stopped before it proved healthy');
  });

  it('does not come back for ever where GRUB cannot write', async () => {
    const agent = lab.agent('b', '1.1.0');
    await agent.start();
    expect(await choice()).toEqual({ keep: 'a', trial: 'b', tried: true });
  });

  it('is not kept while the disk takes no writes or the clock is wrong', async () => {
    await grubStarts(lab.esp);
    lab.answers.set('systemctl show', { stdout: units({ 'k3s.service': 'failed' }) });
    const agent = lab.agent('b', '1.1.0', { now: () => new Date('2020-01-01') });
    await agent.start();
    await rm(join(lab.root, 'var/lib/hearth/agent'), { recursive: true });
    await writeFile(join(lab.root, 'var/lib/hearth/agent'), 'not a folder');
    const failure = await agent.keepVersion().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      problem: {
        output: [
          'k3s.service failed.',
          expect.stringContaining('cannot be written to: '),
          expect.stringContaining('The clock says 2020-01-01'),
        ],
      },
    });
  });
});

describe('going back by hand', () => {
  it('starts the other system on trial once all of it was checked', async () => {
    await grubStarts(lab.esp);
    lab.answers.set('systemctl show', { stdout: units({}) });
    const agent = lab.agent('b', '1.1.0');
    await agent.start();
    await agent.keepVersion();
    await agent.rollBack();
    expect(restarts()).toBe(1);
    expect(await choice()).toEqual({ keep: 'b', trial: 'a', tried: false });
    expect(await grubStarts(lab.esp)).toBe('a');
    await lab.newBoot();
    const old = lab.agent('a', '1.0.0');
    await old.start();
    expect(old.state()?.trial?.version).toBe('1.0.0');
    await old.keepVersion();
    expect(await choice()).toEqual({ keep: 'a', tried: false });
  });

  it('refuses a damaged one, one of unknown hand, and none', async () => {
    await writeBootenv(join(lab.esp, 'hearth/bootenv'), { keep: 'a', tried: false });
    const kernel = join(lab.esp, 'hearth/b/vmlinuz');
    const bytes = await readFile(kernel);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(kernel, bytes);
    const agent = lab.agent('a', '1.0.0');
    await expect(agent.rollBack()).rejects.toMatchObject({ problem: { code: 'roll-back-damaged', detail: expect.stringContaining('hearth/b/vmlinuz') as unknown } }); // prettier-ignore
    await writeFile(join(lab.esp, 'hearth/b/manifest.sig'), Buffer.alloc(64));
    await expect(agent.rollBack()).rejects.toMatchObject({ problem: { code: 'image-damaged' } });
    await agent.start();
    expect(agent.state()?.other).toBeUndefined();
    await rm(join(lab.esp, 'hearth/b'), { recursive: true });
    await expect(agent.rollBack()).rejects.toMatchObject({ problem: { code: 'roll-back-nothing' } });
    expect(restarts()).toBe(0);
    expect(agent.busy()).toBeUndefined();
    expect(await wholeSystem(lab, await grubStarts(lab.esp))).toBe('1.0.0');
  });
});
