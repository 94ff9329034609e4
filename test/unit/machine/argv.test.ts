import { describe, expect, it } from 'vitest';
import { argv } from '../../../main/embedded/machine/argv/argv.ts';
import { planOf, FirmwareMissing } from '../../../main/embedded/machine/argv/plan.ts';
import { machineFiles } from '../../../main/embedded/machine/files.ts';
import type { BlockNode } from '../../../main/embedded/kube/block.ts';
import type { EngineConfig, EnginePaths } from '../../../main/embedded/kube/context.ts';
import type { Stored } from '../../../main/embedded/kube/object.ts';

const paths = { run: '/run/h', machines: '/data/machines' } as EnginePaths;
const config: EngineConfig = {
  accelerator: 'tcg', qemuBinary: 'q', qemuImg: 'i', nodeName: 'n', cpus: 2, memory: 2 ** 32,
  firmware: { ovmfCode: '/fw/CODE.fd', ovmfVars: '/fw/VARS.fd', ovmfCodeSecure: '/fw/CODE.secboot.fd', ovmfVarsSecure: '/fw/VARS.ms.fd' },
}; // prettier-ignore
const root: BlockNode = {
  format: 'qcow2', path: '/d/volumes/a.qcow2', readOnly: false, virtualSize: 1,
  backing: { format: 'qcow2', path: '/d/base/b.qcow2', readOnly: true, virtualSize: 1, backing: { format: 'raw', path: '/d/base/c.raw', readOnly: true, virtualSize: 1 } },
}; // prettier-ignore
const iso: BlockNode = { format: 'raw', path: '/d/base/i.iso', readOnly: true, virtualSize: 1 };

const vmi = (spec: Record<string, unknown>, domain: Record<string, unknown> = {}): Stored =>
  ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'web', namespace: 'default', uid: '0a1b2c3d-0000-4000-8000-000000000001', resourceVersion: '1' },
    spec: {
      domain: {
        memory: { guest: '256Mi' },
        firmware: { uuid: '11111111-2222-5333-8444-555555555555' },
        devices: {},
        ...domain,
      },
      ...spec,
    },
  }) as Stored;
const build = (object: Stored, blocks: [string, BlockNode][] = [], over: Partial<EngineConfig> = {}): string[] => {
  const files = machineFiles(paths, object.metadata.uid, 'identity');
  return argv(planOf(object, new Map(blocks), { ...config, ...over }, files, 'linux'));
};
/** The arguments of one option, in order. */
const of = (args: string[], option: string): string[] =>
  args.flatMap((value, index) => (args[index - 1] === option ? [value] : []));

describe('the command line', () => {
  it('is this one for a usual machine', () => {
    const object = vmi(
      {
        volumes: [
          { name: 'root', dataVolume: { name: 'r' } },
          { name: 'seed', cloudInitNoCloud: {} },
          { name: 'cd', persistentVolumeClaim: { claimName: 'c' } },
        ],
      },
      {
        devices: {
          rng: {},
          disks: [
            { name: 'root', disk: { bus: 'virtio' } },
            { name: 'seed', disk: { bus: 'virtio' } },
            { name: 'cd', cdrom: { bus: 'sata' } },
          ],
          interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:01' }],
        },
      },
    );
    const seed: BlockNode = { format: 'raw', path: '/data/machines/x/seed.img', readOnly: true, virtualSize: 1 };
    expect(build(object, [['root', root], ['seed', seed], ['cd', iso]])).toMatchSnapshot(); // prettier-ignore
  });

  it('names the driver of every level, and that there is no further backing file', () => {
    const nodes = of(
      build(vmi({ volumes: [{ name: 'root', dataVolume: { name: 'r' } }] }), [['root', root]]),
      '-blockdev',
    ).map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(nodes.map((node) => [node['node-name'], node['driver'], node['backing']])).toEqual([
      ['d0-2-f', 'file', undefined], ['d0-2', 'raw', undefined], ['d0-1-f', 'file', undefined],
      ['d0-1', 'qcow2', 'd0-2'], ['d0-f', 'file', undefined], ['d0', 'qcow2', 'd0-1'],
    ]); // prettier-ignore
    expect(nodes.every((node) => typeof node['read-only'] === 'boolean')).toBe(true);
    const single = build(vmi({ volumes: [{ name: 'e', emptyDisk: {} }] }), [
      ['e', { format: 'qcow2', path: '/e', readOnly: false, virtualSize: 1 }],
    ]);
    expect(of(single, '-blockdev')[1]).toContain('"backing":null');
  });

  it('pauses on a full disk and reports other errors, for every kind of disk', () => {
    const disks = ['virtio', 'sata', 'scsi'].map((bus) => ({ name: bus, disk: { bus } }));
    const blocks = disks.map(({ name }): [string, BlockNode] => [name, { ...root, path: `/${name}` }]);
    const devices = of(
      build(
        vmi({ volumes: disks.map(({ name }) => ({ name, dataVolume: { name } })) }, { devices: { disks } }),
        blocks,
      ),
      '-device',
    );
    const drives = devices.filter((device) => device.includes('drive='));
    expect(drives).toHaveLength(3);
    for (const device of drives) expect(device).toContain('werror=enospc,rerror=report');
    expect(devices).toContain('virtio-scsi-pci,id=scsi0');
  });

  it('gives a read-only volume on SATA to a CD-ROM drive: a SATA disk cannot be read-only', () => {
    const object = vmi(
      { volumes: [{ name: 's', secret: {} }] },
      { devices: { disks: [{ name: 's', disk: { bus: 'sata' } }] } },
    );
    expect(of(build(object, [['s', iso]]), '-device')).toContain('ide-cd,bus=ide.0,id=disk0,drive=d0');
  });

  it('never opens a port and always has the sandbox', () => {
    const args = build(vmi({}));
    expect(of(args, '-vnc')).toEqual(['unix:/run/h/0a1b2c3d0000.vnc']);
    expect(args.join(' ')).not.toMatch(/websocket|tcp:|hostfwd/);
    expect(of(args, '-sandbox')).toEqual(['on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny']);
  });

  it('takes the processor by accelerator', () => {
    const cpu = { cpu: { sockets: 1, cores: 2, threads: 2 } };
    expect(of(build(vmi({}, cpu)), '-accel')).toEqual(['tcg,tb-size=32']);
    expect(of(build(vmi({}, cpu)), '-cpu')).toEqual(['max']);
    expect(of(build(vmi({}, cpu)), '-smp')).toEqual(['4,sockets=1,cores=2,threads=2']);
    const kvm = build(vmi({}, cpu), [], { accelerator: 'kvm' });
    expect([of(kvm, '-accel'), of(kvm, '-cpu')]).toEqual([['kvm'], ['host']]);
    expect(of(build(vmi({}, { memory: { guest: '4Gi' } })), '-accel')).toEqual(['tcg,tb-size=256']);
  });

  it('boots UEFI with variables of its own, and says what is missing', () => {
    const uefi = { firmware: { bootloader: { efi: { secureBoot: false } } } };
    const args = build(vmi({}, uefi));
    expect(of(args, '-machine')).toEqual(['q35,usb=off,dump-guest-core=off,pflash0=flash0,pflash1=flash1']);
    expect(of(args, '-blockdev').join('\n')).toContain('/data/machines/identity/vars.qcow2');
    const secure = build(vmi({}, { firmware: { bootloader: { efi: {} } } }));
    expect(of(secure, '-machine')[0]).toContain('smm=on');
    expect(of(secure, '-blockdev').join('\n')).toContain('/fw/CODE.secboot.fd');
    expect(() => build(vmi({}, uefi), [], { firmware: {} })).toThrow(FirmwareMissing);
  });

  it('doubles commas in paths, or a folder name would become an option', () => {
    const object = vmi({});
    const files = machineFiles({ ...paths, run: '/run/a,server=off' } as EnginePaths, object.metadata.uid, 'i');
    const args = argv(planOf(object, new Map(), config, files, 'linux'));
    expect(of(args, '-chardev')[0]).toContain('path=/run/a,,server=off/');
  });

  it('follows the boot order that is asked for, and else puts disks before CD-ROMs', () => {
    const volumes = ['a', 'b'].map((name) => ({ name, dataVolume: { name } }));
    const bootOf = (disks: object[]) =>
      of(build(vmi({ volumes }, { devices: { disks } }), [['a', iso], ['b', root]]), '-device').flatMap((device) => /bootindex=\d+/.exec(device) ?? []); // prettier-ignore
    expect(
      bootOf([
        { name: 'a', cdrom: {} },
        { name: 'b', disk: {} },
      ]),
    ).toEqual(['bootindex=2', 'bootindex=1']);
    expect(
      bootOf([
        { name: 'a', cdrom: {}, bootOrder: 1 },
        { name: 'b', disk: {} },
      ]),
    ).toEqual(['bootindex=1']);
  });

  it('leaves out what is switched off', () => {
    const args = build(
      vmi(
        {},
        {
          devices: {
            autoattachGraphicsDevice: false,
            autoattachSerialConsole: false,
            autoattachPodInterface: false,
            autoattachMemBalloon: false,
          },
        },
      ),
    );
    expect(args.join(' ')).not.toMatch(/-vnc|chardev:serial0|-netdev|balloon|usb0/);
  });

  it('gives a stable address and starts paused when asked', () => {
    const mac = (object: Stored) =>
      of(build(object), '-device')
        .find((device) => device.startsWith('virtio-net'))
        ?.match(/mac=([^,]+)/)?.[1];
    expect(mac(vmi({}))).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    expect(mac(vmi({}))).toBe(mac(vmi({ startStrategy: 'Paused' })));
    expect(build(vmi({ startStrategy: 'Paused' }))).toContain('-S');
    expect(build(vmi({}))).not.toContain('-S');
  });
});
