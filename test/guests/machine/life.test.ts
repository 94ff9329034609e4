import { existsSync, readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { virtualMachineInstances, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { starterImage } from '../../support/starter.ts';
import { MachineLab } from '../../support/machine-lab.ts';

let image: string;
let lab: MachineLab | undefined;
const open = async (): Promise<MachineLab> => (lab = await MachineLab.open({ image }));

beforeAll(async () => {
  image = await starterImage();
}, 180_000);
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});
afterAll(() => lab?.close());

describe('a machine', () => {
  it('boots to a login, answers on its console, survives the engine, and shuts down', async () => {
    const lab = await open();
    lab.createVm('web', { runStrategy: 'RerunOnFailure' });
    await lab.until('running', () => lab.status('web') === 'Running');
    expect(lab.vm('web')?.status).toMatchObject({ created: true, ready: true, runStrategy: 'RerunOnFailure' });
    const first = await lab.console('web');
    await first.expect(/login:/);
    const pid = lab.pid('web');

    await lab.restartEngine();
    expect(lab.pid('web')).toBe(pid);
    const second = await lab.console('web', 'hearth-replay=65536');
    await second.expect(/login:/, 2000);
    second.send('\n');
    await second.expect(/login:/);

    await lab.call(virtualMachines, 'web', 'stop');
    await lab.until('stopped', () => lab.status('web') === 'Stopped' && !lab.vmi('web'));
    expect(lab.events.map((event) => event.reason)).toEqual(
      expect.arrayContaining(['SuccessfulCreate', 'Started', 'ShuttingDown', 'Stopped', 'SuccessfulDelete']),
    );
    // The guest itself shut down: it was not switched off.
    expect(lab.events.some((event) => event.reason === 'Killing')).toBe(false);
    expect(lab.events.find((event) => event.reason === 'Stopped')?.message).toContain('The guest shut down');
    // A zombie for a moment, until its parent has buried it.
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
    // The switch between machines stays as long as its engine.
    expect(readdirSync(lab.context.paths.run).filter((name) => name !== 'switch.sock')).toEqual([]);
    expect(lab.status('web')).toBe('Stopped');
  });

  it('is deleted with its process and files', async () => {
    const lab = await open();
    lab.createVm('gone', { spec: { terminationGracePeriodSeconds: 0 } });
    await lab.until('running', () => lab.phase('gone') === 'Running');
    const pid = lab.pid('gone');
    lab.context.store.delete(virtualMachines, 'default', 'gone');
    await lab.until('gone', () => !lab.vm('gone') && !lab.vmi('gone'));
    // A zombie for a moment, until its parent has buried it.
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
    expect(readdirSync(lab.context.paths.machines)).toEqual([]);
  });

  it('pauses, shows its screen and goes on', async () => {
    const lab = await open();
    lab.createVm('pic');
    await lab.until('running', () => lab.status('pic') === 'Running');
    expect((await lab.call(virtualMachineInstances, 'pic', 'pause')).code).toBe(200);
    await lab.until('paused', () => lab.status('pic') === 'Paused');
    await expect(lab.call(virtualMachineInstances, 'pic', 'pause')).rejects.toMatchObject({
      code: 409,
      message: expect.stringContaining('VMI is already paused') as string,
    });
    const shot = await lab.call(virtualMachineInstances, 'pic', 'vnc/screenshot');
    expect(
      Buffer.from(shot.bytes?.data ?? [])
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    await lab.call(virtualMachineInstances, 'pic', 'unpause');
    await lab.until('running again', () => lab.status('pic') === 'Running');
    expect(await lab.machines.metrics()).toMatch(
      /kubevirt_vmi_cpu_usage_seconds_total\{node="here",namespace="default",name="pic"\} [\d.]+/,
    );
    expect(await lab.call(virtualMachineInstances, 'pic', 'guestosinfo')).toEqual({
      code: 500,
      text: 'VMI does not have guest agent connected',
    });
  });
});
