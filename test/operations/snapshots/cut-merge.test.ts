import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';
import { layersOf } from '../../../main/embedded/snapshot/graph.ts';
import { SnapshotLab } from '../../support/snapshot-lab.ts';

// A merge inside of a running QEMU is over, and nobody noted it: the engine was killed. The overlay's header names the next
// layer by then, while QEMU alone knows where the copied data lies in the file.

const run = promisify(execFile);
const api = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default';
let lab: SnapshotLab;
beforeAll(async () => {
  lab = await SnapshotLab.start();
});
afterAll(() => lab.end());

interface Record_ {
  pid: number;
  argv: string[];
}
async function qemuOf(name: string): Promise<{ pid: number; qmp: Qmp }> {
  const { uid } = (await lab.get('virtualmachineinstances', name)).metadata;
  const path = join(lab.engine.dataDir, 'engine/machines', String(uid), 'machine.json');
  const { pid, argv } = JSON.parse(readFileSync(path, 'utf8')) as Record_;
  return { pid, qmp: await Qmp.connect(/path=([^,]+\.qm2)/.exec(argv.join(' '))?.[1] ?? '') };
}
const base = async (claim: string): Promise<string> => {
  const { stdout } = await run('qemu-img', ['info', '-U', '--output', 'json', lab.overlay(claim)]);
  return (JSON.parse(stdout) as { 'backing-filename'?: string })['backing-filename'] ?? '';
};
/** What a tool reads that goes by the headers alone. */
const byHeader = async (claim: string, byte: number, at: string): Promise<boolean> => {
  const told = await run('qemu-io', ['-r', '-U', '-f', 'qcow2', '-c', `read -P ${byte} ${at} 1M`, lab.path(claim)]).catch((error: unknown) => error as { stdout: string }); // prettier-ignore
  expect(told.stdout).toContain('read 1048576/1048576');
  return !told.stdout.includes('Pattern verification failed');
};
const data = [['4M', 1], ['8M', 2], ['12M', 3]] as const; // prettier-ignore
const whole = async (claim: string): Promise<boolean[]> =>
  Promise.all(data.map(([at, byte]) => lab.holds(claim, byte, at)));

/** Three layers; the one in the middle was merged into the top one, and the engine that did it is dead. */
async function cutMerge(name: string): Promise<{ pid: number }> {
  const claim = `${name}-0`;
  await lab.vm(name, 'Manual');
  await lab.printable(name, 'Stopped');
  await lab.act(name, 'start');
  await lab.printable(name, 'Running');
  const { pid, qmp } = await qemuOf(name);
  try {
    for (const [index, [at, byte]] of data.entries()) {
      for (const command of [`write -P ${byte} ${at} 1M`, 'flush']) {
        const line = `qemu-io -d /machine/peripheral/disk0/virtio-backend "${command}"`;
        expect(await qmp.execute('human-monitor-command', { 'command-line': line })).toBe('');
      }
      if (index === 2) break;
      await lab.snapshot(`${name}-s${index}`, name);
      await lab.succeeded(`${name}-s${index}`);
    }
    const middle = lab.claim(claim).base;
    await lab.engine.down('SIGKILL');
    const [top, , below] = await layersOf(qmp, 'disk0');
    const { backing } = JSON.parse(readFileSync(join(lab.disks, 'base', `${middle}.json`), 'utf8')) as { backing: string }; // prettier-ignore
    await qmp.execute('block-stream', { 'job-id': 'merge-disk0', device: top?.node, 'base-node': below?.node, 'backing-file': `../base/${backing}.qcow2`, 'auto-dismiss': false }); // prettier-ignore
    await expect.poll(async () => (await qmp.execute<{ status: string }[]>('query-jobs')).map(({ status }) => status), { timeout: 10_000 }).toEqual(['concluded']); // prettier-ignore
    expect(await base(claim)).toBe(`../base/${backing}.qcow2`);
    expect(lab.claim(claim).base).toBe(middle);
    // That is the danger: this was copied, and the file does not know it.
    expect(await byHeader(claim, 2, '8M')).toBe(false);
    expect(await whole(claim)).toEqual([true, true, true]);
  } finally {
    qmp.close();
  }
  return { pid };
}
/** As a power cut or a crash of QEMU: nothing is written any more. */
async function killQemu(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  while (existsSync(`/proc/${pid}/fd/0`)) await wait(10);
}

test('the next engine brings it to its end while the guest goes on', async () => {
  const { pid } = await cutMerge('adopted');
  const middle = lab.claim('adopted-0').base;
  await lab.engine.up();
  await expect.poll(() => lab.claim('adopted-0').base, { timeout: 10_000 }).not.toBe(middle);
  expect(lab.pids()).toEqual([pid]);
  expect(await byHeader('adopted-0', 2, '8M')).toBe(true);
  await killQemu(pid);
  await lab.printable('adopted', 'Stopped');
  expect(await whole('adopted-0')).toEqual([true, true, true]);
});

test('where QEMU is killed too, the disk reads as before, and so do its copies', async () => {
  const { pid } = await cutMerge('copied');
  await killQemu(pid);
  await lab.engine.up();
  await lab.printable('copied', 'Stopped');
  expect(await whole('copied-0')).toEqual([true, true, true]);
  const machine = (name: string): object => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name });
  const clones = '/apis/clone.kubevirt.io/v1beta1/namespaces/default/virtualmachineclones';
  await lab.request('POST', clones, {
    apiVersion: 'clone.kubevirt.io/v1beta1', kind: 'VirtualMachineClone',
    metadata: { name: 'copy', annotations: { 'hearth.dev/clone': 'full' } },
    spec: { source: machine('copied'), target: machine('copy') },
  }); // prettier-ignore
  await expect.poll(async () => (await lab.request('GET', `${clones}/copy`)).status?.['phase'], { timeout: 20_000 }).toBe('Succeeded'); // prettier-ignore
  const { spec } = await lab.get('virtualmachines', 'copy');
  const [volume] = (spec as { template: { spec: { volumes: { dataVolume: { name: string } }[] } } }).template.spec.volumes; // prettier-ignore
  expect(await whole(volume?.dataVolume.name ?? '')).toEqual([true, true, true]);
  expect(await byHeader('copied-0', 2, '8M')).toBe(true);
});

test('where QEMU is killed too, merging the machine that is off loses nothing', async () => {
  const { pid } = await cutMerge('merged');
  await killQemu(pid);
  await lab.engine.up();
  await lab.printable('merged', 'Stopped');
  const middle = lab.claim('merged-0').base;
  await lab.request('DELETE', `${api}/virtualmachinesnapshots/merged-s1`);
  await expect.poll(() => lab.claim('merged-0').base, { timeout: 20_000 }).not.toBe(middle);
  expect(await whole('merged-0')).toEqual([true, true, true]);
  expect(await byHeader('merged-0', 2, '8M')).toBe(true);
  await expect.poll(() => lab.layers().includes(`${middle}.qcow2`)).toBe(false);
});
