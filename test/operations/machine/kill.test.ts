import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../main/embedded/kube/object.ts';
import { virtualMachineInstances, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { MachineLab } from '../../support/machine-lab.ts';
import { starterImage } from '../../support/starter.ts';

const run = promisify(execFile);
let image: string;
let lab: MachineLab | undefined;

beforeAll(async () => {
  image = await starterImage();
}, 180_000);
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});
const running = async (name: string, runStrategy: string): Promise<MachineLab> => {
  lab = await MachineLab.open({ image });
  lab.createVm(name, { runStrategy });
  if (runStrategy === 'Manual') await lab.call(virtualMachines, name, 'start');
  await lab.until('running', () => lab?.status(name) === 'Running');
  return lab;
};

describe('kill -9 of QEMU', () => {
  it.each(['Always', 'RerunOnFailure'])('starts it again under %s', async (strategy) => {
    const lab = await running('k', strategy);
    const uid = lab.vmi('k')?.metadata.uid;
    process.kill(lab.pid('k'), 'SIGKILL');
    await lab.until('running anew', () => lab.status('k') === 'Running' && lab.vmi('k')?.metadata.uid !== uid);
    const stopped = lab.events.find((event) => event.reason === 'Stopped');
    expect(stopped).toMatchObject({ type: 'Warning', message: expect.stringContaining('ran out of memory') as string });
    expect((await readdir(lab.context.paths.machines)).includes(uid ?? '')).toBe(false);
  });

  it.each(['Manual', 'Once'])('leaves it off under %s, and says why', async (strategy) => {
    const lab = await running('k', strategy);
    process.kill(lab.pid('k'), 'SIGKILL');
    await lab.until('stopped', () => lab.status('k') === 'Stopped');
    expect(lab.phase('k')).toBe('Failed');
    expect(lab.vmi('k')?.status?.['reason']).toBe('Killed');
    expect(await readdir(lab.context.paths.run)).toEqual([]);
    if (strategy === 'Manual') {
      await lab.call(virtualMachines, 'k', 'start');
      await lab.until('running again', () => lab.status('k') === 'Running');
    }
  });

  it('is seen by an engine that was away', async () => {
    const lab = await running('k', 'Manual');
    const pid = lab.pid('k');
    await lab.machines.stop();
    process.kill(pid, 'SIGKILL');
    await lab.restartEngine();
    await lab.until('failed', () => lab.phase('k') === 'Failed');
    expect(lab.vmi('k')?.status?.['reason']).toBe('ProcessGone');
  });
});

describe('the other ends', () => {
  it('ends a QEMU whose instance is another one by now', async () => {
    const lab = await running('orphan', 'Manual');
    const pid = lab.pid('orphan');
    await lab.machines.stop();
    const { store } = lab.context;
    const old = lab.vmi('orphan');
    store.mutate(virtualMachineInstances, 'default', 'orphan', (draft) => (draft.metadata.finalizers = []));
    store.delete(virtualMachineInstances, 'default', 'orphan');
    store.create(virtualMachineInstances, { ...old, metadata: { name: 'orphan', namespace: 'default' } } as KubeObject);
    await lab.restartEngine();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('keeps a guest whose instance was lost, and brings the instance back', async () => {
    const lab = await running('lost', 'Always');
    const [pid, uid] = [lab.pid('lost'), lab.vmi('lost')?.metadata.uid];
    await lab.machines.stop();
    const { store } = lab.context;
    store.mutate(virtualMachineInstances, 'default', 'lost', (draft) => (draft.metadata.finalizers = []));
    store.delete(virtualMachineInstances, 'default', 'lost');
    await lab.restartEngine();
    await lab.until('running', () => lab.phase('lost') === 'Running' && lab.status('lost') === 'Running');
    expect([lab.pid('lost'), lab.vmi('lost')?.metadata.uid]).toEqual([pid, uid]);
    expect(lab.events.filter(({ reason }) => reason === 'InstanceRestored')).toHaveLength(1);
    await lab.call(virtualMachines, 'lost', 'stop', { gracePeriod: 0 });
    await lab.until('stopped', () => lab.status('lost') === 'Stopped');
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('ends a QEMU that never answers again, and starts its machine anew', async () => {
    const lab = await running('mute', 'Always');
    const pid = lab.pid('mute');
    await lab.machines.stop();
    await rm(
      join(lab.context.paths.run, `${(lab.vmi('mute')?.metadata.uid ?? '').replaceAll('-', '').slice(0, 12)}.qmp`),
    );
    await lab.restartEngine();
    await expect.poll(() => isAlive(pid)).toBe(false);
    await lab.until('running anew', () => lab.status('mute') === 'Running' && lab.pid('mute') !== pid);
  });

  it('powers everything down on stopAll, and starts it with the next engine', async () => {
    const lab = await running('all', 'Always');
    await (await lab.console('all')).expect(/login:/);
    const pid = lab.pid('all');
    await lab.machines.stopAll();
    expect(isAlive(pid)).toBe(false);
    expect(lab.vmi('all')?.status).toMatchObject({ phase: 'Succeeded', reason: 'GuestShutdown' });
    await lab.restartEngine();
    await lab.until('running anew', () => lab.status('all') === 'Running');
  });

  it('tells what QEMU said when it does not start', async () => {
    lab = await MachineLab.open({ image });
    const current = lab;
    current.createVm('bad', { domain: { cpu: { model: 'no-such-model' } } });
    await current.until('crash loop', () => current.status('bad') === 'CrashLoopBackOff');
    const status = current.vm('bad')?.status as {
      startFailure: object;
      conditions: { type: string; message?: string }[];
    };
    expect(status.startFailure).toMatchObject({ consecutiveFailCount: 1 });
    expect(status.conditions.find((condition) => condition.type === 'Failure')?.message).toContain('no-such-model');
  });

  it('does not start what does not fit, with the figures, and starts it when there is room', async () => {
    lab = await MachineLab.open({ image, config: { memory: 400 * 2 ** 20 } });
    const current = lab;
    current.createVm('one');
    await current.until('running', () => current.status('one') === 'Running');
    current.createVm('two', { memory: '256Mi' });
    await current.until('refused', () => current.status('two') === 'ErrorUnschedulable');
    expect(conditionsOf(current, 'two').find((condition) => condition.type === 'PodScheduled')?.message).toMatch(
      /needs 348 MiB.*180 MiB of 400 MiB/,
    );
    await current.call(virtualMachines, 'one', 'stop', { gracePeriod: 0 });
    await current.until('running', () => current.status('two') === 'Running');
  });
});

describe('a full disk', () => {
  it('pauses the machine with a reason, and it goes on by itself when there is space', async () => {
    const small = await mkdtemp(join(tmpdir(), 'hl-small-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=96m,mode=0700', 'tmpfs', small]);
    try {
      lab = await MachineLab.open({ image, parent: small });
      const current = lab;
      // Leaves 20 MiB for the overlay; objects and events are on the same disk.
      await writeFile(join(small, 'ballast'), Buffer.alloc(72 * 2 ** 20, 1));
      current.createVm('full', { runStrategy: 'Manual' });
      await current.call(virtualMachines, 'full', 'start');
      await current.until('running', () => current.status('full') === 'Running');
      const terminal = await current.console('full');
      await terminal.expect(/login:/);
      terminal.send('root\n');
      await terminal.expect(/assword:/);
      terminal.send('hearth\n');
      await terminal.expect(/[#$] /);
      terminal.send('dd if=/dev/urandom of=/big bs=1M count=30 && sync && echo WRIT""TEN\n');
      await current.until('paused', () => current.status('full') === 'Paused');
      const paused = conditionsOf(current, 'full').find(({ type }) => type === 'Paused');
      expect(paused).toMatchObject({
        status: 'True',
        reason: 'PausedIOError',
        message: expect.stringContaining(small) as string,
      });
      expect(current.events.some((event) => event.reason === 'PausedIOError')).toBe(true);
      await rm(join(small, 'ballast'));
      await current.until('running again', () => current.status('full') === 'Running');
      await terminal.expect(/WRITTEN/);
    } finally {
      await lab?.close();
      lab = undefined;
      await run('umount', ['-l', small]);
      await rm(small, { recursive: true, force: true });
    }
  });
});

const conditionsOf = (lab: MachineLab, name: string) =>
  (lab.vmi(name)?.status?.['conditions'] ?? []) as { type: string; message?: string }[];

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
