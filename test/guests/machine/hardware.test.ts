import { existsSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { virtualMachineInstances, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { MachineLab } from '../../support/machine-lab.ts';
import { starterImage } from '../../support/starter.ts';

let image: string;
let lab: MachineLab | undefined;
beforeAll(async () => {
  image = await starterImage();
}, 180_000);
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});
const uefi = { firmware: { bootloader: { efi: { secureBoot: false } } } };

describe('hardware', () => {
  it.skipIf(!existsSync('/usr/share/OVMF/OVMF_CODE_4M.fd'))(
    'boots UEFI, with variables that live as long as the machine',
    async () => {
      lab = await MachineLab.open({ image });
      const vm = lab.createVm('efi', { memory: '256Mi', domain: uefi });
      await lab.until('running', () => lab?.status('efi') === 'Running');
      await (await lab.console('efi')).expect(/login:/, 90_000);
      const vars = `${lab.context.paths.machines}/${vm.metadata.uid}/vars.qcow2`;
      expect(existsSync(vars)).toBe(true);
      await lab.call(virtualMachines, 'efi', 'stop', { gracePeriod: 0 });
      await lab.until('stopped', () => lab?.status('efi') === 'Stopped');
      expect(existsSync(vars)).toBe(true);
      lab.context.store.delete(virtualMachines, 'default', 'efi');
      await lab.until('gone', () => !lab?.vm('efi'));
      expect(existsSync(vars)).toBe(false);
    },
  );

  it('says plainly that the firmware is missing', async () => {
    lab = await MachineLab.open({ image, config: { firmware: {} } });
    lab.createVm('efi', { domain: uefi });
    await lab.until('refused', () => lab?.status('efi') === 'CrashLoopBackOff');
    expect(JSON.stringify(lab.vm('efi')?.status?.['conditions'])).toContain('Install the package ovmf');
  });

  it('runs with every bus, video off, several inputs, i440fx, and waits for a claim that is missing', async () => {
    lab = await MachineLab.open({ image });
    const disks = ['virtio', 'sata', 'scsi', 'usb'].map((bus) => ({ name: bus, disk: { bus } }));
    const volumes = disks.map(({ name }) => ({ name, persistentVolumeClaim: { claimName: `b-${name}` } }));
    for (const [name, machine] of [['q', 'q35'], ['p', 'pc']] as const)
      lab.createVm(name, {
        domain: { machine: { type: machine } },
        spec: { volumes: volumes.map((volume) => ({ ...volume, persistentVolumeClaim: { claimName: `${name}-${volume.name}` } })) },
        devices: { disks: [...disks, { name: 'drive', cdrom: { bus: 'sata' } }], inputs: [{ name: 't', type: 'tablet', bus: 'usb' }, { name: 'k', type: 'keyboard', bus: 'virtio' }] },
      }); // prettier-ignore
    lab.createVm('dark', { devices: { autoattachGraphicsDevice: false } });
    lab.createVm('lost', { spec: { volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'missing' } }] } });
    const current = lab;
    await lab.until(
      'all there',
      () =>
        ['q', 'p', 'dark'].every((name) => current.status(name) === 'Running') &&
        current.status('lost') === 'ErrorPvcNotFound',
    );
    await expect(lab.call(virtualMachineInstances, 'dark', 'vnc/screenshot')).rejects.toMatchObject({ code: 400 });
  });

  it('asks for a restart when the template changes, and takes it back when it is put back', async () => {
    lab = await MachineLab.open({ image });
    const current = lab;
    const change = (cores: number) =>
      current.context.store.mutate(virtualMachines, 'default', 'w', (draft) => {
        const spec = draft.spec as { template: { spec: { domain: { cpu?: { cores: number } } } } };
        spec.template.spec.domain.cpu = { cores };
      });
    const required = () =>
      ((current.vm('w')?.status?.['conditions'] ?? []) as { type: string; message?: string }[]).find(
        ({ type }) => type === 'RestartRequired',
      )?.message;
    current.createVm('w', { domain: { cpu: { cores: 1 } } });
    await current.until('running', () => current.status('w') === 'Running');
    expect(required()).toBeUndefined();
    change(2);
    await current.until(
      'restart required',
      () => required() === 'a non-live-updatable field was changed in the template spec',
    );
    change(1);
    await current.until('taken back', () => required() === undefined);
  });

  it('follows start, stop and restart with KubeVirt’s codes', async () => {
    lab = await MachineLab.open({ image });
    const current = lab;
    current.createVm('s', { runStrategy: 'Halted' });
    await current.until('stopped', () => current.status('s') === 'Stopped');
    const refusal = (text: string) => ({ code: 409, message: expect.stringContaining(text) as string });
    await expect(current.call(virtualMachines, 's', 'stop')).rejects.toMatchObject(refusal('VM is not running'));
    await expect(current.call(virtualMachines, 's', 'restart')).rejects.toMatchObject(
      refusal('RunStategy Halted does not support manual restart requests'),
    );
    expect((await current.call(virtualMachines, 's', 'start', { paused: true })).code).toBe(202);
    await current.until('paused from the start', () => current.status('s') === 'Paused');
    expect(current.vm('s')?.spec?.['runStrategy']).toBe('Always');
    await expect(current.call(virtualMachines, 's', 'start')).rejects.toMatchObject(refusal('VM is already running'));
    const uid = current.vmi('s')?.metadata.uid;
    expect((await current.call(virtualMachines, 's', 'restart', { gracePeriodSeconds: 0 })).code).toBe(202);
    await current.until('anew', () => current.status('s') === 'Running' && current.vmi('s')?.metadata.uid !== uid);
    expect((await current.call(virtualMachines, 's', 'stop', { gracePeriod: 0 })).code).toBe(202);
    await current.until('stopped', () => current.status('s') === 'Stopped');
    expect(current.vm('s')?.spec?.['runStrategy']).toBe('Halted');
    await expect(current.call(virtualMachines, 's', 'migrate')).rejects.toMatchObject(refusal('Cannot migrate VMI'));
    await expect(current.call(virtualMachines, 'none', 'start')).rejects.toMatchObject({ code: 404 });
  });
});
