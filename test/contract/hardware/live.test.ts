import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../main/embedded/kube/object.ts';
import { virtualMachineInstances, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { readRecord } from '../../../main/embedded/machine/files.ts';
import { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';
import { MachineLab } from '../../support/machine-lab.ts';

let lab: MachineLab;
beforeEach(async () => {
  lab = await MachineLab.open();
});
afterEach(async () => {
  await lab.close();
});

interface Template {
  domain: {
    cpu?: { sockets?: number; cores?: number };
    memory: { guest: string };
    devices: { disks: object[] };
  };
  volumes: { name: string; persistentVolumeClaim?: object }[];
}
const edit = (name: string, change: (template: Template) => void): void => {
  lab.context.store.mutate(virtualMachines, 'default', name, (draft: KubeObject) =>
    change((draft.spec as unknown as { template: { spec: Template } }).template.spec),
  );
};
const condition = (name: string, type: string) =>
  ((lab.vm(name)?.status?.['conditions'] ?? []) as { type: string; status: string; message?: string }[]).find(
    (one) => one.type === type,
  );
const status = (name: string) =>
  lab.vmi(name)?.status as unknown as {
    currentCPUTopology?: { sockets: number };
    memory?: Record<string, string>;
    volumeStatus?: { name: string; phase?: string; hotplugVolume?: object; message?: string }[];
  };
const phase = (name: string, volume: string) => status(name).volumeStatus?.find((one) => one.name === volume)?.phase;
const record = (name: string) =>
  readRecord(`${lab.context.paths.machines}/${lab.vmi(name)?.metadata.uid}/machine.json`);
/** What QEMU itself says, on its spare monitor. */
async function qemu<T>(name: string, command: string, parameters?: Record<string, unknown>): Promise<T> {
  const argv = record(name)?.argv ?? [];
  const path = /path=([^,]+\.qm2)/.exec(argv.join(' '))?.[1] ?? '';
  const qmp = await Qmp.connect(path);
  try {
    return await qmp.execute<T>(command, parameters);
  } finally {
    qmp.close();
  }
}
const drives = async (name: string): Promise<string[]> =>
  (await qemu<{ qdev?: string; inserted?: object }[]>(name, 'query-block')).map(
    ({ qdev = '', inserted }) =>
      `${qdev.split('/').find((part) => /^(hp-|disk)/.test(part))}${inserted ? '' : ' empty'}`,
  );
const nodes = async (name: string): Promise<string[]> =>
  (await qemu<{ 'node-name': string }[]>(name, 'query-named-block-nodes')).map((node) => node['node-name']);
const running = (name: string) => lab.until('running', () => lab.status(name) === 'Running');
const claim = (name: string, hotpluggable = true) => ({
  name, persistentVolumeClaim: { claimName: `c-${name}`, ...(hotpluggable ? { hotpluggable } : {}) },
}); // prettier-ignore

describe('CPUs of a running machine', () => {
  it('grow within their limit at once; anything else waits for a restart', async () => {
    lab.createVm('c', { domain: { cpu: { sockets: 1, cores: 2 } } });
    await running('c');
    edit('c', (template) => (template.domain.cpu = { sockets: 3, cores: 2 }));
    await lab.until('three sockets', () => status('c').currentCPUTopology?.sockets === 3);
    expect(condition('c', 'RestartRequired')).toBeUndefined();
    expect(await qemu<object[]>('c', 'query-cpus-fast')).toHaveLength(6);
    edit('c', (template) => (template.domain.cpu = { sockets: 5, cores: 2 }));
    await lab.until('too many', () => condition('c', 'RestartRequired') !== undefined);
    expect(condition('c', 'RestartRequired')?.message).toBe(
      "CPU sockets updated in template spec to a value higher than what's available",
    );
    edit('c', (template) => (template.domain.cpu = { sockets: 2, cores: 2 }));
    await lab.until('fewer', () => condition('c', 'RestartRequired')?.message?.startsWith('Reduction') === true);
    expect(condition('c', 'RestartRequired')?.message).toBe('Reduction of CPU socket count requires a restart');
    edit('c', (template) => (template.domain.cpu = { sockets: 3, cores: 2 }));
    await lab.until('taken back', () => condition('c', 'RestartRequired') === undefined);
    edit('c', (template) => (template.domain.cpu = { sockets: 3, cores: 3 }));
    await lab.until('cores', () => condition('c', 'RestartRequired') !== undefined);
    expect(condition('c', 'RestartRequired')?.message).toBe(
      'a non-live-updatable field was changed in the template spec',
    );
  });
});

describe('memory of a running machine', () => {
  it('is asked of the guest up to its limit, is counted, and is found again by the next engine', async () => {
    lab.createVm('m', { memory: '1Gi' });
    await running('m');
    const before = record('m')?.reserved ?? 0;
    edit('m', (template) => (template.domain.memory.guest = '1536Mi'));
    await lab.until('asked', () => status('m').memory?.['guestRequested'] === '1536Mi');
    await lab.until('noted', () => (record('m')?.reserved ?? 0) === before + 512 * 2 ** 20);
    const path = '/machine/peripheral/hotmem0';
    expect(await qemu('m', 'qom-get', { path, property: 'requested-size' })).toBe(512 * 2 ** 20);
    // Nobody in there takes it: no system runs.
    expect(status('m').memory).toMatchObject({ guestAtBoot: '1Gi', guestCurrent: '1Gi' });
    await lab.restartEngine();
    expect(lab.status('m')).toBe('Running');
    edit('m', (template) => (template.domain.memory.guest = '512Mi'));
    await lab.until('less than at boot', () => condition('m', 'RestartRequired') !== undefined);
    expect(condition('m', 'RestartRequired')?.message).toBe(
      'memory updated in template spec to a value lower than what the VM started with',
    );
    edit('m', (template) => (template.domain.memory.guest = '1Gi'));
    await lab.until('as at boot', () => (record('m')?.reserved ?? 0) === before);
  });

  it('of a small machine needs a restart, and one without room for it is told why', async () => {
    await lab.close();
    lab = await MachineLab.open({ config: { memory: 3 * 2 ** 30 } });
    lab.createVm('s', { memory: '256Mi' });
    lab.createVm('b', { memory: '1Gi' });
    await lab.until('running', () => ['s', 'b'].every((name) => lab.status(name) === 'Running'));
    edit('s', (template) => (template.domain.memory.guest = '512Mi'));
    await lab.until('restart', () => condition('s', 'RestartRequired') !== undefined);
    expect(condition('s', 'RestartRequired')?.message).toContain('not available for this VM configuration');
    edit('b', (template) => (template.domain.memory.guest = '3Gi'));
    await lab.until('no room', () => condition('b', 'HotMemoryChange')?.status === 'False');
    expect(condition('b', 'HotMemoryChange')?.message).toContain('Insufficient memory');
    await lab.until('told', () => condition('b', 'RestartRequired') !== undefined);
    expect(condition('b', 'RestartRequired')?.message).toContain('Memory-hotplug failed');
  });
});

describe('volumes of a running machine', () => {
  it('come and go by the template, and the record tells of them', async () => {
    lab.createVm('v');
    await running('v');
    edit('v', (template) => {
      template.domain.devices.disks.push({ name: 'data', disk: { bus: 'scsi' }, serial: 'd1' }, { name: 'fast', disk: { bus: 'virtio' } });
      template.volumes.push(claim('data'), claim('fast'));
    }); // prettier-ignore
    await lab.until('attached', () => phase('v', 'data') === 'Ready' && phase('v', 'fast') === 'Ready');
    expect(condition('v', 'RestartRequired')).toBeUndefined();
    expect(await drives('v')).toEqual(expect.arrayContaining(['disk0', 'hp-data', 'hp-fast']));
    expect(record('v')?.attached?.map(({ name }) => name)).toEqual(['data', 'fast']);
    const all = await nodes('v');
    await lab.restartEngine();
    await lab.until('adopted', () => phase('v', 'data') === 'Ready');
    expect(await nodes('v')).toEqual(all);
    edit('v', (template) => {
      template.domain.devices.disks = template.domain.devices.disks.filter((disk) => (disk as { name: string }).name !== 'data');
      template.volumes = template.volumes.filter(({ name }) => name !== 'data');
    }); // prettier-ignore
    await lab.until('detached', () => phase('v', 'data') === undefined);
    expect(await drives('v')).toEqual(expect.arrayContaining(['disk0', 'hp-fast']));
    expect((await nodes('v')).length).toBe(all.length - 2);
    expect(record('v')?.attached?.map(({ name }) => name)).toEqual(['fast']);
    // At the next start it sits where it can be taken out again.
    await lab.call(virtualMachines, 'v', 'restart', { gracePeriodSeconds: 0 });
    const { uid } = lab.vmi('v')!.metadata;
    await lab.until('again', () => lab.vmi('v')?.metadata.uid !== uid && phase('v', 'fast') === 'Ready');
    expect(record('v')?.argv.join(' ')).toMatch(/virtio-blk-pci,id=hp-fast,[^ ]*bus=hotplug0/);
  });

  it('are attached by an engine that follows one which was killed in between', async () => {
    lab.createVm('k');
    await running('k');
    await lab.machines.stop();
    // As far as a killed engine came: the instance says so, the record too, and QEMU has nothing.
    edit('k', (template) => {
      template.domain.devices.disks.push({ name: 'data', disk: { bus: 'scsi' } });
      template.volumes.push(claim('data'));
    });
    await lab.restartEngine();
    await lab.until('attached', () => phase('k', 'data') === 'Ready');
    expect(await drives('k')).toContain('hp-data');
  });

  it('that cannot come are told with their reason, and the machine goes on', async () => {
    lab.createVm('w');
    await running('w');
    edit('w', (template) => {
      template.domain.devices.disks.push({ name: 'late', disk: { bus: 'scsi' } });
      template.volumes.push({ name: 'late', persistentVolumeClaim: { claimName: 'missing', hotpluggable: true } });
    });
    await lab.until('waits', () => phase('w', 'late') === 'Pending');
    expect(status('w').volumeStatus?.find(({ name }) => name === 'late')?.message).toContain('does not exist');
    expect(lab.status('w')).toBe('Running');
    edit('w', (template) => {
      template.domain.devices.disks.push({ name: 'old', disk: { bus: 'sata' } });
      template.volumes.push(claim('old'));
    });
    await lab.until('restart', () => condition('w', 'RestartRequired') !== undefined);
  });
});

describe('discs of a running machine', () => {
  it('are changed, taken out and put in', async () => {
    lab.createVm('d', {
      devices: {
        disks: [
          { name: 'root', disk: { bus: 'virtio' } },
          { name: 'drive', cdrom: { bus: 'sata' } },
        ],
      },
    });
    await running('d');
    expect(await drives('d')).toContain('disk1 empty');
    const put = (claimName: string) =>
      edit('d', (template) => {
        template.volumes = template.volumes.filter(({ name }) => name !== 'drive');
        if (claimName)
          template.volumes.push({ name: 'drive', persistentVolumeClaim: { claimName, hotpluggable: true } });
      });
    const inserted = async () =>
      (await qemu<{ inserted?: { file: string } }[]>('d', 'query-block')).flatMap(
        ({ inserted }) => inserted?.file ?? [],
      );
    put('one');
    await lab.until('in', () => phase('d', 'drive') === 'Ready');
    expect(condition('d', 'RestartRequired')).toBeUndefined();
    expect((await inserted()).join(' ')).toContain('/one.qcow2');
    put('two');
    await lab.until('changed', () => lab.events.filter(({ reason }) => reason === 'VolumeReady').length === 2);
    expect((await inserted()).join(' ')).toContain('/two.qcow2');
    expect((await inserted()).join(' ')).not.toContain('/one.qcow2');
    put('');
    await lab.until('out', () => phase('d', 'drive') === undefined);
    expect(await drives('d')).toContain('disk1 empty');
    expect(record('d')?.attached).toEqual([]);
  });
});

describe('addvolume and removevolume', () => {
  const add = (name: string, more: object = {}) => ({
    name, disk: { disk: { bus: 'scsi' } }, volumeSource: { persistentVolumeClaim: { claimName: `c-${name}` } }, ...more,
  }); // prettier-ignore
  const call = (subresource: string, body: object) => lab.call(virtualMachines, 'a', subresource, body);

  it('change the template, with the refusals of KubeVirt', async () => {
    lab.createVm('a');
    await running('a');
    expect(await call('addvolume', add('data', { dryRun: ['All'] }))).toEqual({ code: 202 });
    expect(JSON.stringify(lab.vm('a')?.spec)).not.toContain('c-data');
    expect(await call('addvolume', add('data'))).toEqual({ code: 202 });
    await lab.until('attached', () => phase('a', 'data') === 'Ready');
    const refusals: [string, object, string][] = [
      ['addvolume', add('data'), 'Unable to add volume [data] because volume with that name already exists'],
      ['addvolume', { ...add('other'), volumeSource: { persistentVolumeClaim: { claimName: 'c-data' } } }, 'Unable to add volume source [c-data] because it already exists'],
      ['addvolume', { ...add('other'), disk: { disk: { bus: 'sata' } } }, "requires bus to be 'scsi' or 'virtio'. [sata] is not permitted."],
      ['addvolume', { ...add('other'), disk: { cdrom: { bus: 'scsi' } } }, "requires diskDevice of type 'disk' or 'lun' to be used."],
      ['addvolume', { ...add('other'), volumeSource: {} }, 'is not a PVC or DataVolume'],
      ['addvolume', { name: 'other' }, 'AddVolumeOptions requires disk to not be nil'],
      ['addvolume', {}, 'AddVolumeOptions requires name to be set'],
      ['removevolume', { name: 'none' }, 'Unable to remove volume [none] because it does not exist'],
      ['removevolume', { name: 'root' }, 'Unable to remove volume [root] because it is not hotpluggable'],
    ]; // prettier-ignore
    for (const [subresource, body, text] of refusals)
      await expect(call(subresource, body)).rejects.toMatchObject({ message: expect.stringContaining(text) as string });
    await expect(lab.call(virtualMachineInstances, 'a', 'addvolume', add('other'))).rejects.toMatchObject({
      message: expect.stringContaining('owned by a VM') as string,
    });
    expect(await call('removevolume', { name: 'data' })).toEqual({ code: 202 });
    await lab.until('detached', () => phase('a', 'data') === undefined);
    expect(await drives('a')).toEqual(['disk0']);
  });
});
