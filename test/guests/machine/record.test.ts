import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { virtualMachineInstances, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { findProcesses } from '../../../main/embedded/machine/qemu/found.ts';
import { MachineLab } from '../../support/machine-lab.ts';

let lab: MachineLab | undefined;
afterEach(async () => {
  for (const { pid } of lab ? findProcesses(lab.context.paths.run) : []) process.kill(pid, 'SIGKILL');
  await lab?.close();
  lab = undefined;
});

interface Running {
  lab: MachineLab;
  pid: number;
  uid: string;
  /** DATA/engine/machines/UID/machine.json */
  record: string;
  /** A file of this machine in the run folder. */
  socket: (end: string) => string;
}
/** A machine without an operating system, and without its engine. */
async function orphaned(runStrategy: string): Promise<Running> {
  const opened = await MachineLab.open();
  lab = opened;
  opened.createVm('m', { runStrategy });
  if (runStrategy === 'Manual') await opened.call(virtualMachines, 'm', 'start');
  await opened.until('running', () => opened.status('m') === 'Running');
  const uid = opened.vmi('m')?.metadata.uid ?? '';
  const pid = opened.pid('m');
  await opened.machines.stop();
  const { machines, run } = opened.context.paths;
  const socket = (end: string) => join(run, `${uid.replaceAll('-', '').slice(0, 12)}.${end}`);
  return { lab: opened, pid, uid, record: join(machines, uid, 'machine.json'), socket };
}
const pids = (of: MachineLab): number[] => findProcesses(of.context.paths.run).map(({ pid }) => pid);
const reasons = (of: MachineLab, reason: string) => of.events.filter((event) => event.reason === reason);

describe('a damaged record of a running machine', () => {
  it.each<[string, (machine: Running) => Promise<unknown>]>([
    ['cut short', async ({ record }) => writeFile(record, (await readFile(record)).subarray(0, 100))],
    ['empty', ({ record }) => writeFile(record, '')],
    ['gone', ({ record }) => rm(record)],
    [
      'of another process',
      async ({ record }) =>
        writeFile(record, (await readFile(record, 'utf8')).replace(/"startTime": "\d+"/, '"startTime": "1"')),
    ],
    ['gone with the pidfile', async ({ record, socket }) => Promise.all([rm(record), rm(socket('pid'))])],
  ])('%s: the guest goes on, and the record is whole again', async (_what, damage) => {
    const machine = await orphaned('Always');
    const { lab, pid, uid, record } = machine;
    const before = JSON.parse(await readFile(record, 'utf8')) as Record<string, unknown>;
    await damage(machine);
    await lab.restartEngine();
    expect([pids(lab), lab.vmi('m')?.metadata.uid, lab.phase('m')]).toEqual([[pid], uid, 'Running']);
    expect(reasons(lab, 'RecordRestored')).toHaveLength(1);
    expect(JSON.parse(await readFile(record, 'utf8'))).toMatchObject({
      ...before,
      startedAt: expect.any(String) as string,
      instance: expect.any(Object) as object,
    });
    // It is in hand: it can be stopped, and leaves nothing.
    await lab.call(virtualMachines, 'm', 'stop', { gracePeriod: 0 });
    await lab.until('stopped', () => lab.status('m') === 'Stopped');
    expect(pids(lab)).toEqual([]);
    await expect.poll(() => readdir(lab.context.paths.run), { timeout: 15_000 }).toEqual([]); // the switch ends by itself
  });

  it('with a monitor that is gone too: QEMU is left alone until it is stopped by the user', async () => {
    const { lab, pid, uid, record, socket } = await orphaned('Always');
    await writeFile(record, '{');
    await rm(socket('qmp'));
    await lab.restartEngine();
    expect([pids(lab), lab.vmi('m')?.metadata.uid, lab.phase('m')]).toEqual([[pid], uid, 'Running']);
    expect(reasons(lab, 'MachineLeftAlone')).toMatchObject([{ about: 'VirtualMachineInstance/m', type: 'Warning' }]);
    await lab.call(virtualMachines, 'm', 'stop', { gracePeriod: 0 });
    await lab.until('stopped', () => lab.status('m') === 'Stopped');
    expect(pids(lab)).toEqual([]);
  });

  it('with its instance lost too: QEMU is left alone, and no second one gets its disk', async () => {
    const { lab, pid, record } = await orphaned('Always');
    await rm(record);
    const { store } = lab.context;
    store.mutate(virtualMachineInstances, 'default', 'm', (draft) => (draft.metadata.finalizers = []));
    store.delete(virtualMachineInstances, 'default', 'm');
    await lab.restartEngine();
    const waits = () =>
      ((lab.vmi('m')?.status?.['conditions'] ?? []) as { message?: string }[]).some(({ message }) =>
        message?.includes(`kill ${pid}`),
      );
    await lab.until('the new instance waits', waits);
    expect(pids(lab)).toEqual([pid]);
    await lab.restartEngine();
    await lab.until('the new instance waits still', waits);
    expect(pids(lab)).toEqual([pid]);
    process.kill(pid, 'SIGTERM');
    await lab.until('running', () => lab.status('m') === 'Running');
    expect(pids(lab)).not.toContain(pid);
    expect(pids(lab)).toHaveLength(1);
  });
});
