import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converse } from '../../main/cli/expect.ts';
import type { Conversation } from '../../main/cli/expect.ts';
import type { Api } from '../../main/contract/contract.ts';
import type { FirstBoot } from '../../main/contract/cloud-init.ts';
import type { CreateMachineInput, MachineDetail } from '../../main/contract/machine.ts';
import { createMachineSchema } from '../../main/contract/machine.ts';
import { rowKeys } from '../../main/contract/row-keys.ts';
import { applyForm } from '../../renderer/features/cloud-init/form-write.ts';
import { applyNic, ensureDhcp } from '../../renderer/features/cloud-init/network-form.ts';
import { rowOf, taskDone } from '../e2e/support/guest.ts';
import { startHearth, temporaryDataDir, until } from '../support/hearth.ts';
import type { Hearth, Page } from '../support/hearth.ts';
import { debianImage, noDebianReason } from '../support/debian/image.ts';

// Debian as people install it, under software emulation: its first boot takes a minute and a half on an idle computer.
const bootMs = 10 * 60_000;
const GiB = 2 ** 30;
const data = temporaryDataDir();
const ref = (name: string) => ({ namespace: 'default', name });
const secret = 'engine-9';
const macs = ['02:00:00:00:77:01', '02:00:00:00:77:02'] as const;
let hearth: Hearth;
let page: Page;
let api: Api;

/** A login on the serial console; `run` gives what a command printed. */
interface Shell {
  run(command: string): Promise<string>;
  close(): void;
}
async function shellOf(name: string, again = false): Promise<Shell> {
  const line: Conversation = converse(await api.consoles.serial(ref(name)));
  if (!again) {
    await line.expect(/login: ?$/m, bootMs);
    await line.send('ada\n');
    await line.expect(/assword: ?/, 60_000);
    await line.send(`${secret}\n`);
    await line.expect(/[$#] $/, 60_000);
    await line.send('stty cols 400; bind "set enable-bracketed-paste off"\n');
  }
  let asked = 0;
  const session = Math.random().toString(36).slice(2, 8);
  return {
    async run(command) {
      asked += 1;
      const mark = `${session}-${asked}`;
      await line.send(`echo "be""gin ${mark}"; ${command}; echo "en""d ${mark}"\n`);
      const text = await line.expect(new RegExp(`begin ${mark}\\r?\\n[^]*end ${mark}\\r?\\n`), 120_000);
      return text.replaceAll('\r', '').split('\n').slice(1, -2).join('\n');
    },
    close: () => line.close(),
  };
}
const eventually = (look: () => Promise<string>) => expect.poll(look, { timeout: 90_000, interval: 500 });

async function create(name: string, more: Partial<CreateMachineInput>): Promise<void> {
  await api.machines.create(
    createMachineSchema.parse({
      name,
      source: { type: 'image', image: { namespace: 'hearth-images', name: 'debian' } },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: GiB },
      rootDisk: { size: 3 * GiB, bus: 'virtio' },
      firmware: 'uefi-secure',
      ...more,
    }),
  );
}
const firstBoot = async (name: string): Promise<FirstBoot> => {
  const rows = await until(api.cloudInit.results({}), rowKeys.firstBoot, (all) => ['done', 'error'].includes(all.get(`default/${name}`)?.state ?? ''), bootMs); // prettier-ignore
  return rows.get(`default/${name}`)!;
};
async function detailOf(name: string, wanted: (seen: MachineDetail) => boolean): Promise<MachineDetail> {
  for await (const seen of api.machines.detail(ref(name))) if (wanted(seen)) return seen;
  throw new Error('the machine is gone');
}
const take = async (name: string, snapshot: string, memory: boolean): Promise<void> => {
  await taskDone(api, (await api.snapshots.take({ ...ref(name), snapshot, description: '', memory })).taskId);
};

beforeAll(async () => {
  if (noDebianReason) return;
  const path = await debianImage();
  hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  page = await hearth.page();
  ({ api } = page);
  await taskDone(api, (await api.images.addFromFile({ path, mode: 'in-place', name: 'debian', displayName: 'Debian 12' })).taskId); // prettier-ignore
}, 1_200_000);
afterAll(async () => {
  page?.close();
  await hearth?.stop();
  data.remove();
}, 120_000);

describe.skipIf(noDebianReason !== undefined)(`Debian 12 in a machine${noDebianReason ? ` (${noDebianReason})` : ''}`, () => {
  let shell: Shell;

  test('is set up by cloud-init as the form says, under Secure Boot, with a TPM', async () => {
    await api.networks.create({ namespace: 'default', name: 'lan', subnet: '10.9.0.0/24' });
    const { publicKey } = await api.ssh.ownKey({});
    const { hash } = await api.cloudInit.hashPassword({ password: secret });
    const userData = applyForm('#cloud-config\n', { hostname: 'deb', user: 'ada', password: hash, sshKeys: [publicKey], timezone: 'Europe/Vienna', runcmd: ['echo ran > /run-was-here'] }); // prettier-ignore
    const still = { mode: 'static', addresses: ['10.9.0.77/24'], gateway: '', dns: [], search: [], routes: [] } as const;
    const networkData = ensureDhcp(applyNic('', macs[1], 'lan', { ...still, addresses: [...still.addresses], dns: [], search: [], routes: [] }), macs[0], 'default'); // prettier-ignore
    await create('deb', {
      tpm: 'persistent',
      network: { podNetwork: true, model: 'virtio', mac: macs[0], forwards: [], others: [{ network: 'default/lan', model: 'virtio', mac: macs[1] }] },
      cloudInit: { type: 'yaml', userData, networkData },
    }); // prettier-ignore
    expect(await firstBoot('deb')).toMatchObject({ state: 'done', problems: [], by: expect.stringMatching(/^cloud-init 2/) as string }); // prettier-ignore
    shell = await shellOf('deb');
    expect(await shell.run('cloud-init status')).toBe('status: done');
    expect(await shell.run('hostname; cat /run-was-here; readlink /etc/localtime; ip -4 -o addr')).toMatch(/^deb\nran\n.*Europe\/Vienna\n[^]*10\.0\.2\.2\/24[^]*10\.9\.0\.77\/24/); // prettier-ignore
    expect(await shell.run('od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-*; cat /sys/class/tpm/tpm0/tpm_version_major; sudo dmesg')).toMatch(/ 1\n2\n[^]*Kernel is locked down from EFI Secure Boot/); // prettier-ignore
    // Over Hearth's own SSH, with the key that it made.
    const line = converse(await api.ssh.shell({ ...ref('deb'), session: 'debian-guest', user: 'ada', cols: 200, rows: 50 }));
    await line.expect(/\$ $/, 120_000);
    line.close();
  });

  test('is seen by its agent, which freezes it for a snapshot', async () => {
    const { guest, row } = await detailOf('deb', (seen) => (seen.guest?.fileSystems.length ?? 0) > 0);
    expect(guest).toMatchObject({ hostname: 'deb', users: ['ada'], os: expect.stringContaining('Debian') as string });
    expect(guest?.fileSystems.map(({ mountPoint }) => mountPoint)).toContain('/');
    expect(row.addresses.join(' ')).toContain('10.9.0.77');
    await shell.run('echo first > ~/kept');
    await take('deb', 'quiet', false);
    for await (const { rows } of api.snapshots.watch(ref('deb'))) {
      expect(rows).toMatchObject([{ name: 'quiet', guest: 'frozen' }]);
      break;
    }
    expect(await shell.run('sudo journalctl -u qemu-guest-agent')).toContain('guest-fsfreeze called');
  });

  test('sees memory, disks, discs and networks come and go', async () => {
    // The firmware of Secure Boot would hang with a new CPU under software emulation.
    const [cpu, memory] = await api.hardware.resize({ ...ref('deb'), sockets: 2, memory: 1.5 * GiB });
    expect([cpu, memory]).toMatchObject([{ what: 'sockets', when: 'restart' }, { what: 'memory', when: 'now' }]);
    await api.hardware.resize({ ...ref('deb'), sockets: 1 });
    await eventually(() => shell.run('grep MemTotal /proc/meminfo')).toMatch(/ 1[345]\d{5} kB/);
    await api.hardware.grow({ ...ref('deb'), claim: 'deb-root', size: 4 * GiB });
    await eventually(() => shell.run('lsblk -bdno SIZE /dev/vda')).toBe(String(4 * GiB));
    expect(await shell.run('sudo growpart /dev/vda 2 && sudo resize2fs /dev/vda2 2>&1; df --output=size -BM / | tail -1')).toMatch(/ 39\d\dM$/); // prettier-ignore
    await api.hardware.attach({ ...ref('deb'), disk: 'extra', bus: 'scsi', source: { type: 'blank', size: 64 * 2 ** 20 } });
    await eventually(() => shell.run('lsblk -dno SIZE /dev/sda')).toContain('64M');
    expect(await api.hardware.detach({ ...ref('deb'), disk: 'extra' })).toEqual({ when: 'now' });
    await eventually(() => shell.run('ls /dev/sda 2>&1')).toContain('No such file');
    await api.networks.setLink({ ...ref('deb'), interface: 'lan', up: false });
    await eventually(() => shell.run('cat /sys/class/net/*/carrier')).toContain('0');
    await api.networks.setLink({ ...ref('deb'), interface: 'lan', up: true });
    await eventually(() => shell.run('cat /sys/class/net/*/carrier')).not.toContain('0');
  });

  test('goes on where a snapshot with memory was taken', async () => {
    await shell.run('proof=mine; echo moment > ~/kept');
    await shell.run('(n=0; while sleep 0.3; do n=$((n+1)); echo $n > /dev/shm/count; done) > /dev/null 2>&1 &');
    await eventually(() => shell.run('cat /dev/shm/count')).toMatch(/^\d+$/);
    const at = Number(await shell.run('cat /dev/shm/count'));
    await take('deb', 'moment', true);
    await shell.run('proof=other; kill $!; echo later > ~/kept; echo 999999 > /dev/shm/count');
    shell.close();
    await taskDone(api, (await api.snapshots.restore({ ...ref('deb'), snapshot: 'moment', memory: true, stop: true, start: true })).taskId); // prettier-ignore
    await rowOf(api, 'deb', (row) => row.tone === 'running', bootMs);
    shell = await shellOf('deb', true);
    expect(await shell.run('echo $proof; cat ~/kept')).toBe('mine\nmoment');
    const now = Number(await shell.run('cat /dev/shm/count'));
    expect([now >= at, now < 999_999]).toEqual([true, true]);
    await eventually(() => shell.run(`[ $(cat /dev/shm/count) -gt ${now} ] && echo counts`)).toBe('counts');
  });

  test('refuses a boot loader that was changed', async () => {
    await shell.run('sudo sh -c "printf x | dd of=/boot/efi/EFI/BOOT/grubx64.efi bs=1 seek=600000 conv=notrunc; sync"');
    shell.close();
    await api.machines.act({ ...ref('deb'), action: 'forceRestart' });
    const line = converse(await api.consoles.serial(ref('deb')));
    expect(await line.expect(/Security Violation|Verification failed|bad shim signature/i, bootMs)).not.toBe('');
    line.close();
    await api.machines.act({ ...ref('deb'), action: 'forceStop' });
  });

  test('a copy of a snapshot is a machine of its own, with its own addresses and ids', async () => {
    await rowOf(api, 'deb', (row) => row.status === 'Stopped', bootMs);
    const before = await api.cloudInit.read(ref('deb'));
    await taskDone(api, (await api.snapshots.restore({ ...ref('deb'), snapshot: 'quiet', newName: 'twin', start: true })).taskId);
    const copy = await api.cloudInit.read(ref('twin'));
    for (const mac of macs) expect(copy.networkData).not.toContain(mac);
    for (const nic of copy.nics) expect(copy.networkData).toContain(nic.mac);
    expect(copy.instanceId).not.toBe(before.instanceId);
    expect((await firstBoot('twin')).state).toBe('done');
    const twin = await shellOf('twin');
    expect(await twin.run('hostname; cat ~/kept; ip -4 -o addr')).toMatch(/^twin\nfirst\n[^]*10\.9\.0\.77\/24/);
    // Made of the firmware's uuid, which is the machine's own.
    expect(await twin.run('cat /etc/machine-id')).toBe((await twin.run('sudo cat /sys/class/dmi/id/product_uuid')).replaceAll('-', '')); // prettier-ignore
    expect(await twin.run('sudo dmesg | grep -c "EXT4-fs (vda2): recovery complete"')).toBe('0');
    twin.close();
  });

  test('exported and imported elsewhere it boots again', async () => {
    const file = join(data.path, 'twin.hearth-vm');
    await api.machines.act({ ...ref('twin'), action: 'stop' });
    await rowOf(api, 'twin', (row) => row.status === 'Stopped', bootMs);
    await taskDone(api, (await api.transfer.export({ ...ref('twin'), path: file })).taskId);
    const elsewhere = temporaryDataDir();
    const other = await startHearth(elsewhere.path, { args: ['--stop-vms'] });
    const there = await other.page();
    try {
      await taskDone(there.api, (await there.api.transfer.import({ source: { path: file }, name: 'carried' })).taskId);
      const { networkData, nics } = await there.api.cloudInit.read(ref('carried'));
      expect(nics.every(({ mac }) => mac !== undefined && networkData.includes(mac))).toBe(true);
    } finally {
      there.close();
      await other.stop();
      elsewhere.remove();
    }
  });

  test('a broken set-up is told with what its command printed', async () => {
    const { hash } = await api.cloudInit.hashPassword({ password: secret });
    const userData = applyForm('#cloud-config\n', { user: 'ada', password: hash, runcmd: ['cat /nowhere/at/all'] });
    await create('broken', { firmware: 'uefi', cloudInit: { type: 'yaml', userData } });
    const { state, problems } = await firstBoot('broken');
    expect([state, problems.map(({ part }) => part)]).toEqual(['error', ['runcmd']]);
    expect(problems[0]?.text).toContain('cat: /nowhere/at/all: No such file or directory');
  });
}); // prettier-ignore
