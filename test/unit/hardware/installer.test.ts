import { describe, expect, test } from 'vitest';
import { decide, drivesIn, restartsAnnotation } from '../../../main/backend/hardware/installer/decide.ts';
import type { Traffic } from '../../../main/backend/hardware/installer/decide.ts';
import { ejectedOf, installerAnnotation, markOf, note } from '../../../main/backend/hardware/installer/mark.ts';
import { buildMachine } from '../../../main/backend/machines/manifest.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';

const mebi = 2 ** 20;
const input = (source: object, more: object = {}) => createMachineSchema.parse({ name: 'm', source, size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * mebi }, ...more }); // prettier-ignore
const iso = { type: 'iso', image: { namespace: 'hearth-images', name: 'disc' } };
const vmOf = (source: object, more: object = {}): KubeObject => buildMachine(input(source, more)).find(({ kind }) => kind === 'VirtualMachine') as KubeObject; // prettier-ignore
const mark = { drive: 'install', claim: 'm-install', disk: 'root' };
const instance = (uid: string, restarts?: { disk: Partial<Traffic>; disc: Partial<Traffic> }, phase = 'Running'): KubeObject => ({
  apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance',
  metadata: { uid, ...(restarts && { annotations: { [restartsAnnotation]: JSON.stringify({ count: 1, drives: { root: restarts.disk, install: restarts.disc } }) } }) },
  status: { phase },
}); // prettier-ignore
const drives = (disk: Partial<Traffic>, disc: Partial<Traffic> = {}) =>
  new Map<string, Traffic>([['root', { read: 0, written: 0, ...disk }], ['install', { read: 0, written: 0, ...disc }]]); // prettier-ignore
const wrote = { ...mark, wroteIn: 'first' };

describe('a machine of an installer’s disc', () => {
  test('is marked with its drive and its disk, unless it was said otherwise; no other machine is', () => {
    expect(markOf(vmOf(iso))).toEqual(mark);
    for (const other of [
      vmOf(iso, { ejectInstaller: false }),
      vmOf({ type: 'blank' }),
      vmOf({ type: 'image', image: iso.image }),
    ])
      // prettier-ignore
      expect(other.metadata.annotations?.[installerAnnotation]).toBeUndefined();
    const described = vmOf(iso, { description: 'Web' }).metadata.annotations;
    expect(Object.keys(described ?? {})).toEqual(['hearth.dev/description', installerAnnotation]);
    // Under another name where that of the disk is taken.
    const taken = buildMachine(input(iso), { taken: new Set(['m-install']) }).find(({ kind }) => kind === 'VirtualMachine') as KubeObject; // prettier-ignore
    expect(markOf(taken)?.claim).toBe('m-install-2');
  });

  test('a mark that is not ours counts for nothing', () => {
    for (const text of ['', '{', '{"drive":"x"}', '[]'])
      expect(markOf({ ...vmOf(iso), metadata: { annotations: { [installerAnnotation]: text } } })).toBeUndefined();
    const vm = vmOf(iso);
    note(vm, installerAnnotation, undefined);
    expect([markOf(vm), ejectedOf(vm)]).toEqual([undefined, undefined]);
  });
});

describe('the installation is', () => {
  test.each([
    ['not begun: nothing was written', mark, instance('first'), drives({ read: 512 }, { read: 90 * mebi }), { type: 'wait' }],
    ['under way: the disk is written', mark, instance('first'), drives({ written: 9 }, { read: 90 * mebi }), { type: 'wait', wrote: 'first' }],
    ['under way, as was noted', wrote, instance('first'), drives({ written: 9, read: 99 * mebi }), { type: 'wait' }],
    ['no more known than that while the machine is off', wrote, undefined, undefined, { type: 'wait' }],
    ['no more known before it runs', wrote, instance('second', undefined, 'Scheduling'), drives({ read: 9 * mebi }), { type: 'wait' }],
    ['not to be seen where the target counts nothing', wrote, instance('second'), undefined, { type: 'wait' }],
    ['not to be seen where the disc is not counted', wrote, instance('second'), new Map([['root', { read: 9 * mebi, written: 1 }]]), { type: 'wait' }],
    ['begun anew from the disc after a power cycle', wrote, instance('second'), drives({ read: 512 }, { read: 60 * mebi }), { type: 'wait' }],
    ['not over: a live system that uses the disk', wrote, instance('second'), drives({ read: 900 * mebi }, { read: 60 * mebi }), { type: 'wait' }],
    ['not over: too little was read of the disk', wrote, instance('second'), drives({ read: 512 }), { type: 'wait' }],
    ['not over: the disc is read as much as the disk', wrote, instance('second'), drives({ read: 4 * mebi }, { read: 2 * mebi }), { type: 'wait' }],
    ['restarted into the disc again', mark, instance('first', { disk: { written: 9, read: 5 }, disc: { read: 90 * mebi } }), drives({ written: 9, read: 600 }, { read: 150 * mebi }), { type: 'wait', wrote: 'first' }],
    ['not over: it restarted before anything was written', mark, instance('first', { disk: {}, disc: { read: mebi } }), drives({ read: 9 * mebi, written: 1 }, { read: mebi }), { type: 'wait', wrote: 'first' }],
  ])('%s', (_name, state, vmi, counted, expected) => {
    expect(decide(vmOf(iso), state, vmi, counted)).toEqual(expected);
  }); // prettier-ignore

  test('over when a machine that was switched off runs from its disk', () => {
    const found = decide(vmOf(iso), wrote, instance('second'), drives({ read: 40 * mebi, written: 5 }, { read: 300 * 1024 })); // prettier-ignore
    expect(found).toEqual({ type: 'over', disc: 300 * 1024, why: 'the disk root was written, the machine was started again after that, and since then it runs from its disk: it read 40.0 MiB of the disk and 300 KiB of the disc' }); // prettier-ignore
  });
  test('over when one that restarted itself does, whatever was read before that', () => {
    const before = { disk: { read: 3 * mebi, written: 700 * mebi }, disc: { read: 650 * mebi } };
    const found = decide(vmOf(iso), wrote, instance('first', before), drives({ read: 5 * mebi, written: 701 * mebi }, { read: 650 * mebi })); // prettier-ignore
    expect(found).toMatchObject({ type: 'over', why: expect.stringContaining('restarted itself after that, and since then it runs from its disk: it read 2.0 MiB of the disk and 0 KiB of the disc') }); // prettier-ignore
  });

  test.each<[string, (vm: KubeObject) => void]>([
    ['another disc is in the drive', (vm) => Object.assign(volumesOf(vm)[1] ?? {}, { dataVolume: { name: 'other' } })],
    ['the drive is empty', (vm) => volumesOf(vm).splice(1, 1)],
    ['the disk is gone', (vm) => volumesOf(vm).splice(0, 1)],
  ])('nothing to wait for where %s', (_name, change) => {
    const vm = vmOf(iso);
    change(vm);
    expect(decide(vm, wrote, instance('second'), drives({ read: 40 * mebi }))).toEqual({ type: 'forget' });
  });
});
const volumesOf = (vm: KubeObject): Record<string, unknown>[] =>
  (vm.spec as { template: { spec: { volumes: Record<string, unknown>[] } } }).template.spec.volumes;

test('what drives read and wrote is told by machine and volume', () => {
  const text = ['# HELP x', 'kubevirt_vmi_storage_read_traffic_bytes_total{drive="root",name="m",namespace="n",node="a"} 1.5e+06', 'kubevirt_vmi_storage_write_traffic_bytes_total{drive="root",name="m",namespace="n"} 7', 'kubevirt_vmi_storage_read_traffic_bytes_total{drive="install",name="m",namespace="n"} 9', 'kubevirt_vmi_storage_iops_read_total{drive="root",name="m",namespace="n"} 3', 'kubevirt_vmi_storage_read_traffic_bytes_total{drive="x",name="m",namespace="n"} NaN'].join('\n'); // prettier-ignore
  const found = drivesIn(text).get('n/m');
  expect(Object.fromEntries(found ?? [])).toEqual({ root: { read: 1.5e6, written: 7 }, install: { read: 9, written: 0 } }); // prettier-ignore
});
