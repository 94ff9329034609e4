import { describe, expect, it } from 'vitest';
import { slotsToFill, socketsOf } from '../../../main/embedded/machine/live/cpus.ts';
import { bootMemory, fixedReserve } from '../../../main/embedded/machine/live/memory.ts';
import { volumeSteps } from '../../../main/embedded/machine/live/volume-plan.ts';
import { deviceIdOf, volumeOf } from '../../../main/embedded/machine/qemu/block-devices.ts';
import type { BlockDevice } from '../../../main/embedded/machine/qemu/block-devices.ts';
import type { VmiSpec } from '../../../main/embedded/machine/spec.ts';
import { setLimits } from '../../../main/embedded/machine/vm/limits.ts';
import { withLiveFields } from '../../../main/embedded/machine/vm/live-fields.ts';
import { liveUpdate } from '../../../main/embedded/machine/vm/live-update.ts';

const drive = (id: string, node?: string): BlockDevice => ({
  id, node, readOnly: false, removable: false, trayOpen: false, locked: false,
}); // prettier-ignore
const hot = (name: string, claimName = name) => ({ name, persistentVolumeClaim: { claimName, hotpluggable: true } });
const spec = (volumes: VmiSpec['volumes'], disks: object[] = []): VmiSpec =>
  ({ domain: { devices: { disks } }, volumes }) as unknown as VmiSpec;

describe('steps towards the volumes of a spec', () => {
  const root = { name: 'root', dataVolume: { name: 'r' } };
  it('attach what is missing, detach what is not wanted, forget what is gone', () => {
    const devices = [drive('disk0', 'd0'), drive('hp-old', 'h1')];
    expect(volumeSteps(spec([root, hot('new')]), devices, ['root'], [hot('old'), hot('lost')])).toEqual([
      { do: 'detach', volume: 'old', device: 'hp-old' },
      { do: 'forget', volume: 'lost' },
      { do: 'attach', volume: 'new', device: 'hp-new' },
    ]);
  });
  it('take out first what is to be another disk of the same name', () => {
    expect(volumeSteps(spec([hot('a', 'two')]), [drive('hp-a', 'h')], [], [hot('a', 'one')])).toEqual([
      { do: 'detach', volume: 'a', device: 'hp-a' },
    ]);
    expect(volumeSteps(spec([hot('a', 'one')]), [drive('hp-a', 'h')], [], [hot('a', 'one')])).toEqual([]);
  });
  it('detach a device that nothing tells of: the note of it was lost', () => {
    expect(volumeSteps(spec([]), [drive('hp-x', 'h')], [], [])).toEqual([
      { do: 'detach', volume: 'x', device: 'hp-x' },
    ]);
  });
  it('change discs in their drive, and leave fixed ones alone', () => {
    const cd = [{ name: 'cd', cdrom: { bus: 'sata' } }];
    const at = (volumes: VmiSpec['volumes'], node: string | undefined, attached = [hot('cd')]) =>
      volumeSteps(spec(volumes, cd), [drive('disk0', node)], ['cd'], attached).map((step) => step.do);
    expect(at([hot('cd')], undefined, [])).toEqual(['insert']);
    expect(at([], 'd0')).toEqual(['eject']);
    expect(at([hot('cd', 'other')], 'd0')).toEqual(['eject']);
    expect(at([{ name: 'cd', dataVolume: { name: 'fixed' } }], 'd0', [])).toEqual([]);
    expect(at([], undefined, [])).toEqual([]);
  });
});

it('disks come and go also while new memory waits for a restart', () => {
  const machine = (guest: string, names: string[]): VmiSpec => ({
    ...spec(names.map((name) => hot(name)), names.map((name) => ({ name, disk: { bus: 'scsi' } }))),
    domain: { memory: { guest }, devices: { disks: names.map((name) => ({ name, disk: { bus: 'scsi' } })) } },
  });
  const update = liveUpdate(machine('4Gi', ['new']), machine('512Mi', ['old']), { memory: { guestAtBoot: '512Mi' } });
  expect(update.restart).toContain('Memory-hotplug is not available');
  expect(update.spec?.volumes?.map(({ name }) => name)).toEqual(['new']);
}); // prettier-ignore

it('CPU slots are filled a socket after the other', () => {
  const slot = (socket: number, core: number, filled = false) => ({
    type: 'c', 'vcpus-count': 1, props: { 'socket-id': socket, 'core-id': core, 'thread-id': 0 }, ...(filled ? { 'qom-path': '/x' } : {}),
  }); // prettier-ignore
  const slots = [slot(2, 1), slot(2, 0), slot(1, 1), slot(1, 0), slot(0, 1, true), slot(0, 0, true)];
  expect(socketsOf(slots)).toEqual({ filled: 1, most: 3 });
  expect(slotsToFill(slots, 2).map(({ props }) => [props['socket-id'], props['core-id']])).toEqual([[1, 0], [1, 1]]); // prettier-ignore
});

it('a command line tells what a machine started with and takes', () => {
  expect(bootMemory(['-m', '1024M,slots=1,maxmem=4096M'])).toBe(2 ** 30);
  expect(bootMemory(['-m', '256'])).toBe(256 * 2 ** 20);
  expect(fixedReserve(['-accel', 'tcg,tb-size=128']).cache).toBe(128 * 2 ** 20);
  expect(fixedReserve(['-accel', 'kvm']).cache).toBe(0);
});

it('devices are known by their volumes', () => {
  expect(deviceIdOf('/machine/peripheral/hp-data/virtio-backend')).toBe('hp-data');
  expect(volumeOf(['root', 'seed'], 'disk1')).toBe('seed');
  expect(volumeOf([], 'hp-data')).toBe('data');
  expect(volumeOf(['root'], 'nic0')).toBeUndefined();
});

describe('limits of a start', () => {
  const limits = (
    guest: string,
    cpu: object = { sockets: 2 },
    memory = 2 ** 34,
    efi?: object,
    accelerator: 'tcg' | 'kvm' = 'tcg',
  ) => {
    const firmware = { bootloader: { efi } };
    const made = {
      architecture: 'amd64',
      domain: { cpu: { ...cpu }, memory: { guest }, devices: {}, ...(efi && { firmware }) },
    } as VmiSpec;
    setLimits(made, { memory, accelerator });
    return [made.domain.cpu?.maxSockets, made.domain.memory?.maxGuest];
  };
  it('are four times the size, for memory from 1 GiB on, and never more than this computer has', () => {
    expect(limits('1Gi')).toEqual([8, '4Gi']);
    expect(limits('512Mi')).toEqual([8, undefined]);
    expect(limits('8Gi')).toEqual([8, '16Gi']);
    expect(limits('1Gi', { sockets: 300 })).toEqual([512, '4Gi']);
    expect(limits('1Gi', { sockets: 1, maxSockets: 2 })[0]).toBe(2);
  });
  it('leave no room for CPUs where a new one would hang the guest', () => {
    const cpu = { sockets: 1, maxSockets: 2 };
    expect(limits('1Gi', cpu, 2 ** 34, {})).toEqual([1, '4Gi']);
    expect(limits('1Gi', cpu, 2 ** 34, {}, 'kvm')[0]).toBe(2);
    expect(limits('1Gi', cpu, 2 ** 34, { secureBoot: false })[0]).toBe(2);
  });
});

it('fields that a running machine follows are no reason for a restart, others are', () => {
  const before = { domain: { cpu: { sockets: 1, cores: 1 }, memory: { guest: '1Gi' }, devices: { disks: [{ name: 'root', disk: {} }] } }, volumes: [{ name: 'root', dataVolume: { name: 'r' } }] } as VmiSpec; // prettier-ignore
  const now = structuredClone(before);
  now.domain.cpu = { sockets: 3, cores: 1 };
  now.domain.memory = { guest: '2Gi' };
  now.volumes?.push(hot('data'));
  now.domain.devices.disks?.push({ name: 'data', disk: { bus: 'scsi' } });
  expect(withLiveFields(before, now)).toEqual(now);
  const fixed = structuredClone(now);
  fixed.volumes?.push({ name: 'more', dataVolume: { name: 'm' } });
  expect(withLiveFields(before, fixed)).not.toEqual(fixed);
  expect(withLiveFields(before, { ...now, hostname: 'other' })).not.toHaveProperty('hostname');
});
