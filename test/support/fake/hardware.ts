import type { ContractHandlers } from '../../../main/contract/contract.ts';
import type { Hardware, PlannedChange } from '../../../main/contract/hardware.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { planResize } from '../../../main/backend/hardware/plan.ts';
import { FakeValue } from './live.ts';

const GiB = 2 ** 30;
const first: Hardware = {
  running: true,
  size: {
    sockets: 2, cores: 1, threads: 1, memory: 4 * GiB,
    running: { sockets: 2, cores: 1, threads: 1, memory: 4 * GiB, memoryAtBoot: 4 * GiB },
    most: { sockets: 8, memory: 16 * GiB }, model: 'host-model', machineType: 'q35', firmware: 'uefi',
  },
  disks: [
    { name: 'root', kind: 'disk', bus: 'virtio', bootOrder: 1, readOnly: false, claim: 'web-root', source: 'dataVolume', hotpluggable: false, attached: true, size: 20 * GiB, capacity: 20 * GiB, used: 3.4 * GiB },
    { name: 'data-of-the-photo-archive-of-the-whole-family-since-1998', kind: 'disk', bus: 'scsi', cache: 'writeback', readOnly: false, claim: 'web-data-of-the-photo-archive-of-the-whole-family-since-1998-a1b2', source: 'dataVolume', hotpluggable: true, attached: true, phase: 'Ready', size: 200 * GiB, capacity: 100 * GiB, used: 12 * GiB, growing: 'The disk is used by the machine web, which cannot take a bigger one now; it grows when that is stopped.' },
    { name: 'late', kind: 'disk', bus: 'scsi', readOnly: false, claim: 'late', source: 'persistentVolumeClaim', hotpluggable: true, attached: false, phase: 'Pending', message: 'PVC default/late does not exist, waiting for it to appear' },
    { name: 'install', kind: 'cdrom', bus: 'sata', bootOrder: 2, readOnly: true, claim: 'web-install', source: 'dataVolume', hotpluggable: true, attached: true, phase: 'Ready', size: 2 * GiB },
    { name: 'drive', kind: 'cdrom', bus: 'sata', readOnly: true, hotpluggable: false, attached: true },
    { name: 'seed', kind: 'disk', bus: 'virtio', readOnly: true, source: 'cloudInitNoCloud', hotpluggable: false, attached: true },
  ],
  pending: [
    { what: 'cores', from: '1', to: '2', when: 'restart', why: 'a non-live-updatable field was changed in the template spec' },
    { what: 'memory', from: '3 GiB', to: '4 GiB', when: 'now', why: 'The guest is taking the memory now.' },
  ],
  restartRequired: 'a non-live-updatable field was changed in the template spec',
}; // prettier-ignore

/** Its installer's disc was taken out by itself. */
const installed: Hardware = {
  ...first,
  disks: first.disks.map(({ claim, source, ...disk }) => ({ ...disk, ...(disk.name !== 'install' && { ...(claim && { claim }), ...(source && { source }) }) })),
  ejected: { drive: 'install', claim: 'git-install', at: '2026-11-22T10:15:00Z', why: 'the disk root was written, the machine restarted itself after that, and since then it runs from its disk: it read 212.4 MiB of the disk and 64 KiB of the disc' },
}; // prettier-ignore
const named = { disks: ['root'], cards: ['default'] };
const driversAfter: Record<string, Pick<Hardware, 'drivers'>> = {
  prepare: { drivers: { state: 'prepared', ...named } },
  change: { drivers: { state: 'changed', ...named } },
  undo: { drivers: { state: 'first', ...named } },
  keep: {},
};

/** Hardware in memory: what is set shows at once. */
export function fakeHardware(answer: <T>(what: string, value: T) => Promise<T>): Api['hardware'] {
  const machines = new Map<string, FakeValue<Hardware>>();
  const of = ({ namespace, name }: { namespace: string; name: string }): FakeValue<Hardware> => {
    const key = `${namespace}/${name}`;
    const found = machines.get(key) ?? new FakeValue(structuredClone(name === 'git' ? installed : first));
    machines.set(key, found);
    return found;
  };
  const can = { cpu: { can: true }, memory: { can: true } };
  const plan = (input: Parameters<ContractHandlers['hardware']['planResize']>[0]): PlannedChange[] => {
    const { namespace: _ns, name: _n, ...wish } = input;
    return planResize(of(input).value.size, wish, can);
  };
  const edit = (ref: { namespace: string; name: string }, change: (hardware: Hardware) => Hardware): void => {
    const value = of(ref);
    value.set(change(structuredClone(value.value)));
  };
  return {
    watch: (input) => of(input).watch(),
    choices: () =>
      answer('Listing the disks', {
        disks: [
          { name: 'archive', namespace: 'default', displayName: 'archive', size: 50 * GiB },
          { name: 'db-root', namespace: 'default', displayName: 'db-root', size: 10 * GiB, usedBy: 'db' },
        ],
        discs: [
          { name: 'debian-12-netinst', namespace: 'hearth-images', displayName: 'Debian 12 netinst', size: 0.6 * GiB },
        ],
        storageClasses: [{ name: 'hearth', isDefault: true, grows: true }],
      }),
    planResize: (input) => answer('The size', plan(input)),
    async resize(input) {
      const planned = await answer('The size', plan(input));
      const { sockets, memory } = input;
      edit(input, (now) => ({ ...now, size: { ...now.size, ...(sockets && { sockets }), ...(memory && { memory }) } }));
      return planned;
    },
    async attach(input) {
      await answer('Attaching', undefined);
      const size = input.source.type === 'blank' ? input.source.size : 50 * GiB;
      edit(input, (now) => ({ ...now, disks: [...now.disks, { name: input.disk, kind: 'disk', bus: input.bus ?? 'scsi', readOnly: false, claim: input.disk, source: 'dataVolume', hotpluggable: true, attached: true, phase: 'Ready', size, capacity: size }] })); // prettier-ignore
    },
    async detach(input) {
      edit(input, (now) => ({ ...now, disks: now.disks.filter(({ name }) => name !== input.disk) }));
      return answer('Detaching', { when: 'now' as const });
    },
    changeDisk: () => answer('The disk', { when: 'restart' as const }),
    async changeDrivers(input) {
      edit(input, ({ drivers: _drivers, ...now }) => ({ ...now, ...driversAfter[input.step] }));
      return answer('The drivers', { when: 'restart' as const });
    },
    order: () => answer('The order', { when: 'restart' as const }),
    addDrive: () => answer('The drive', { when: 'restart' as const }),
    insert: () => answer('The disc', { when: 'now' as const }),
    async settleEjected(input) {
      edit(input, ({ ejected, ...now }) => ({ ...now, disks: now.disks.map((disk) => (input.back && ejected && disk.name === ejected.drive ? { ...disk, claim: ejected.claim, source: 'dataVolume' } : disk)) })); // prettier-ignore
      return answer('The disc', { when: 'now' as const });
    },
    eject: () => answer('The disc', { when: 'now' as const }),
    grow: () => answer('Growing', undefined),
  };
}
