import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { converse } from '../../main/cli/expect.ts';
import type { Conversation } from '../../main/cli/expect.ts';
import type { Hardware } from '../../main/contract/hardware.ts';
import { writeIso } from '../../main/embedded/disks/volume/iso9660.ts';
import { rowOf, taskDone, withStarter } from '../e2e/support/guest.ts';
import { startHearth, temporaryDataDir } from '../support/hearth.ts';
import type { Hearth, Page } from '../support/hearth.ts';

const of = { namespace: 'default', name: 'big' };
const data = temporaryDataDir();
const GiB = 2 ** 30;
let hearth: Hearth;
let page: Page;
let shell: Conversation;
let hardware: Hardware;

/** Follows the machine's hardware until it is as wanted. */
async function until(what: string, wanted: (hardware: Hardware) => boolean, ms = 60_000): Promise<Hardware> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  let last: Hardware | undefined;
  try {
    for await (const seen of page.api.hardware.watch(of, { signal: stop.signal })) {
      last = seen;
      if (wanted(seen)) return (hardware = seen);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
  throw new Error(`never: ${what}; last ${JSON.stringify(last)}`);
}
async function login(): Promise<Conversation> {
  const line = converse(await page.api.consoles.serial(of));
  await line.send('\n');
  await line.expect(/login: ?$/m, 120_000);
  await line.send('root\n');
  await line.expect(/assword: ?/, 60_000);
  await line.send('hearth\n');
  await line.expect(/# /, 60_000);
  return line;
}
/** What a command of the guest prints. */
async function run(command: string): Promise<string> {
  await shell.send(`echo "be""gin"; ${command}; echo "en""d:$?"\n`);
  const text = await shell.expect(/begin\r?\n[^]*end:\d+\r?\n/, 20_000).catch((error: unknown) => { throw new Error(`${command}: ${JSON.stringify(error)}`, { cause: error }); }); // prettier-ignore
  return text.replaceAll('\r', '').replace(/^[^]*begin\n/, '');
}
/** Asks the guest until it says so: what QEMU does shows up in it a moment later. */
async function sees(command: string, pattern: RegExp): Promise<string> {
  let text = '';
  for (const end = Date.now() + 40_000; Date.now() < end;) {
    text = await run(`${command}; sleep 0.3`);
    if (pattern.test(text)) return text;
  }
  throw new Error(`${command} does not show ${String(pattern)} but ${text}`);
}
const disk = (name: string) => hardware.disks.find((one) => one.name === name);
const ready = (name: string) => (seen: Hardware) =>
  seen.disks.some((one) => one.name === name && one.phase === 'Ready');
const bootId = () => run('cat /proc/sys/kernel/random/boot_id');
const enginePid = (): number => {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const text = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      // Only the engine ends with its parent; the switch and the machines of the same folder stay.
      if (text.includes(data.path) && text.includes('--parent-exits')) return Number(entry);
    } catch {
      continue; // it ended while we looked
    }
  }
  throw new Error('no engine found');
};
async function killEngine(): Promise<void> {
  const before = enginePid();
  process.kill(before, 'SIGKILL');
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    try {
      if (enginePid() !== before && (await page.api.hardware.choices(of))) return;
    } catch {
      continue; // not back yet
    }
  }
  throw new Error('the engine did not come back');
}

beforeAll(async () => {
  hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  page = await hearth.page();
  const image = await withStarter(page.api);
  const iso = join(data.path, 'tools.iso');
  writeFileSync(iso, writeIso('TOOLS', new Map([['hello.txt', Buffer.from('hello from the disc\n')]])));
  const { taskId } = await page.api.images.addFromFile({ path: iso, mode: 'copy', name: 'tools' });
  await taskDone(page.api, taskId);
  await page.api.machines.create({
    name: of.name,
    source: { type: 'image', image },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: GiB },
    firmware: 'bios',
    start: false,
  });
  await page.api.hardware.addDrive({ ...of, disk: 'drive' });
  // The kernel of the starter image has no driver for SATA.
  await page.api.hardware.changeDisk({ ...of, disk: 'drive', bus: 'scsi' });
  await page.api.machines.act({ ...of, action: 'start' });
  await rowOf(page.api, of.name, (row) => row.status === 'Running');
  shell = await login();
  await run('for m in scsi_common scsi_mod cdrom virtio_scsi sd_mod sr_mod; do insmod /lib/modules/starter/$m.ko 2>/dev/null; done; stty cols 400'); // prettier-ignore
}, 300_000);
afterAll(async () => {
  shell?.close();
  page?.close();
  await hearth?.stop();
  data.remove();
}, 60_000);

/** Milliseconds in which a guest sees what was asked for. */
const seenWithin = 5000;

describe('a running guest', () => {
  it('gets CPUs and memory, and gives memory back, without a reboot', async () => {
    const before = await bootId();
    const kilobytes = async () => Number(/MemTotal: +(\d+)/.exec(await run('grep MemTotal /proc/meminfo'))?.[1]);
    const memory = await kilobytes();
    await sees('ls /run', /qemu-ga/);
    expect(await page.api.hardware.planResize({ ...of, sockets: 2, memory: 1.5 * GiB })).toEqual([
      { what: 'sockets', from: '1', to: '2', when: 'now' },
      { what: 'memory', from: '1 GiB', to: '1.5 GiB', when: 'now' },
    ]);
    await page.api.hardware.resize({ ...of, sockets: 2, memory: 1.5 * GiB });
    await until('resized', ({ size }) => size.running?.sockets === 2 && size.running.memory === 1.5 * GiB);
    await sees('nproc', /^2$/m);
    await sees('grep MemTotal /proc/meminfo', /MemTotal: +1[345]\d{5} kB/);
    expect((await kilobytes()) - memory).toBeGreaterThan(480 * 1024);
    expect(hardware.restartRequired).toBeUndefined();
    await killEngine();
    await until('adopted', ({ size }) => size.running?.sockets === 2 && size.running.memory === 1.5 * GiB);
    await page.api.hardware.resize({ ...of, memory: GiB });
    await until('given back', ({ size }) => (size.running?.memory ?? 0) <= GiB + 64 * 2 ** 20);
    await sees('grep MemTotal /proc/meminfo', /MemTotal: +(9\d{5}|10\d{5}) kB/);
    expect(hardware.restartRequired).toBeUndefined();
    // What cannot be done now is told with its reason, and waits.
    const plan = await page.api.hardware.resize({ ...of, sockets: 1 });
    expect(plan).toEqual([expect.objectContaining({ what: 'sockets', when: 'restart' })]);
    await until('waits', ({ pending }) => pending.some(({ what, when }) => what === 'sockets' && when === 'restart'));
    expect(hardware.restartRequired).toBe('Reduction of CPU socket count requires a restart');
    await page.api.hardware.resize({ ...of, sockets: 2 });
    await until('taken back', ({ pending, restartRequired }) => pending.length === 0 && restartRequired === undefined);
    expect(await bootId()).toBe(before);
  });

  it('sees a new disk, keeps its data over a detachment, and sees it grow', async () => {
    for (const bus of ['virtio', 'scsi'] as const) {
      const device = bus === 'virtio' ? 'vd' : 'sd';
      const known = new Set((await run(`ls /sys/block | grep ^${device}; true`)).split('\n'));
      let begun = performance.now();
      await page.api.hardware.attach({ ...of, disk: bus, bus, source: { type: 'blank', size: 64 * 2 ** 20 } });
      let found: string | undefined;
      while (found === undefined)
        found = (await run(`ls /sys/block | grep ^${device}; sleep 0.2`))
          .split('\n')
          .find((line) => /^[vs]d[a-z]$/.test(line) && !known.has(line));
      expect(performance.now() - begun).toBeLessThan(seenWithin);
      await until('attached', ready(bus));
      await run(`printf 'kept by ${bus}' | dd of=/dev/${found} conv=fsync 2>/dev/null`);
      const claim = disk(bus)?.claim ?? '';
      begun = performance.now();
      await page.api.hardware.grow({ ...of, claim, size: 96 * 2 ** 20 });
      await sees(`blockdev --getsize64 /dev/${found}`, /^100663296$/m);
      expect(performance.now() - begun).toBeLessThan(seenWithin);
      await until('told', (seen) => seen.disks.some((one) => one.name === bus && one.capacity === 96 * 2 ** 20));
      await expect(page.api.hardware.grow({ ...of, claim, size: 2 ** 20 })).rejects.toMatchObject({ problem: { code: 'disk-not-smaller' } }); // prettier-ignore
      if (bus === 'scsi') await killEngine();
      begun = performance.now();
      expect(await page.api.hardware.detach({ ...of, disk: bus })).toEqual({ when: 'now' });
      await until('detached', (seen) => seen.disks.every((one) => one.name !== bus));
      await sees(`ls /dev/${found} || true`, /No such file/);
      expect(performance.now() - begun).toBeLessThan(seenWithin);
      const choices = await page.api.hardware.choices(of);
      expect(choices.disks.find(({ name }) => name === claim)).toMatchObject({ size: 96 * 2 ** 20 });
      await page.api.hardware.attach({ ...of, disk: `${bus}-again`, bus, source: { type: 'existing', claim } });
      await until('attached again', ready(`${bus}-again`));
      await sees(`head -c 20 /dev/${found} | strings`, new RegExp(`kept by ${bus}`));
    }
  });

  it('sees the disk grow that it runs from', async () => {
    await page.api.hardware.grow({ ...of, claim: `${of.name}-root`, size: 2 * GiB });
    expect(await sees('blockdev --getsize64 /dev/vda', /^2147483648$/m)).toContain('end:0');
    await until('told', (seen) => seen.disks.some(({ name, capacity }) => name === 'root' && capacity === 2 * GiB));
  });

  it('sees discs come and go', async () => {
    await sees('head -c 1 /dev/sr0 2>&1', /No medium/);
    const image = { namespace: 'hearth-images', name: 'tools' };
    expect(await page.api.hardware.insert({ ...of, disk: 'drive', image })).toEqual({ when: 'now' });
    await until('inserted', ready('drive'));
    await sees('mount -t iso9660 -o ro /dev/sr0 /mnt 2>/dev/null; cat /mnt/*', /hello from the disc/);
    await run('umount /mnt');
    expect(await page.api.hardware.eject({ ...of, disk: 'drive' })).toEqual({ when: 'now' });
    await until('ejected', (seen) => seen.disks.some((one) => one.name === 'drive' && one.source === undefined && one.phase === undefined)); // prettier-ignore
    await sees('head -c 1 /dev/sr0 2>&1', /No medium/);
  });

  it('starts anew with the disks and their data that it had, in the order that was set', async () => {
    const names = hardware.disks.map(({ name }) => name);
    const order = ['scsi-again', ...names.filter((name) => name !== 'scsi-again')];
    expect(await page.api.hardware.order({ ...of, disks: order.map((name) => ({ name, boot: name === 'root' || name === 'drive' })) })).toEqual({ when: 'restart' }); // prettier-ignore
    await until('waits', ({ restartRequired }) => restartRequired !== undefined);
    await page.api.machines.act({ ...of, action: 'forceRestart' });
    shell.close();
    await until('nothing waits', ({ running, pending, restartRequired }) => running && pending.length === 0 && restartRequired === undefined); // prettier-ignore
    shell = await login();
    expect(hardware.disks[0]).toMatchObject({ name: 'scsi-again', hotpluggable: true });
    await run('for m in scsi_common scsi_mod cdrom virtio_scsi sd_mod sr_mod; do insmod /lib/modules/starter/$m.ko 2>/dev/null; done'); // prettier-ignore
    await sees('for d in /sys/block/[vs]d*; do head -c 20 /dev/${d##*/} | strings; done', /kept by/);
    expect(await page.api.hardware.detach({ ...of, disk: 'virtio-again', deleteDisk: true })).toEqual({ when: 'now' });
    await until('detached', (seen) => seen.disks.every((one) => one.name !== 'virtio-again'));
  });
});
