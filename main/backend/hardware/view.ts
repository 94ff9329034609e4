import type { Hardware, HardwareDisk, MachineSize, PlannedChange } from '../../contract/hardware.ts';
import { ejectedOf } from './installer/mark.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { pick, pickList, pickNumber, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import { driverWay } from './drivers.ts';

export interface HardwareSources {
  vm: KubeObject;
  vmi: KubeObject | undefined;
  claims: readonly KubeObject[];
  dataVolumes: readonly KubeObject[];
  /** The instance type that the machine names. */
  instancetype: KubeObject | undefined;
}

const running = (vmi: KubeObject | undefined): vmi is KubeObject =>
  vmi !== undefined && !['Succeeded', 'Failed', ''].includes(pickText(vmi, 'status', 'phase') ?? '');

/** What the pages show of a machine's hardware. Pure. */
export function hardwareOf(sources: HardwareSources): Hardware {
  const { vm } = sources;
  const vmi = running(sources.vmi) ? sources.vmi : undefined;
  const size = sizeOf(vm, vmi, sources.instancetype);
  const disks = disksOf({ ...sources, vmi });
  const drivers = driverWay(vm);
  const ejected = ejectedOf(vm);
  const condition = pickList(vm, 'status', 'conditions').find((each) => each['type'] === 'RestartRequired');
  const restart = vmi && condition?.['status'] === 'True' ? (pickText(condition, 'message') ?? '') : undefined;
  return {
    running: vmi !== undefined,
    size,
    disks,
    ...(drivers && { drivers }),
    ...(ejected && { ejected }),
    pending: vmi ? pendingOf(vm, vmi, size, restart) : [],
    ...(restart === undefined ? {} : { restartRequired: restart }),
  };
}

/** How big it is to be and is. Pure. */
export function sizeOf(vm: KubeObject, vmi: KubeObject | undefined, type: KubeObject | undefined): MachineSize {
  const domain = pick(vm, 'spec', 'template', 'spec', 'domain');
  const actual = pick(vmi, 'spec', 'domain');
  const guestCpus = pickNumber(type, 'spec', 'cpu', 'guest');
  const count = (of: unknown, field: string): number | undefined => pickNumber(of, 'cpu', field);
  const bytes = (of: unknown, ...path: string[]): number | undefined => quantity(pick(of, ...path));
  const memory =
    bytes(type, 'spec', 'memory', 'guest') ??
    bytes(domain, 'memory', 'guest') ??
    bytes(domain, 'resources', 'requests', 'memory') ??
    bytes(actual, 'memory', 'guest') ??
    0;
  const loader = pick(actual ?? domain, 'firmware', 'bootloader');
  const efi = pick(loader, 'efi');
  const name = pickText(vm, 'spec', 'instancetype', 'name');
  const model = pickText(actual, 'cpu', 'model') ?? pickText(domain, 'cpu', 'model');
  const machineType = pickText(actual, 'machine', 'type') ?? pickText(domain, 'machine', 'type');
  const topology = pick(vmi, 'status', 'currentCPUTopology');
  const now = (field: 'sockets' | 'cores' | 'threads'): number =>
    pickNumber(topology, field) ?? count(actual, field) ?? 1;
  const current = bytes(vmi, 'status', 'memory', 'guestCurrent') ?? bytes(actual, 'memory', 'guest') ?? memory;
  return {
    ...(name && { instancetype: name }),
    // A type gives its CPUs as sockets, unless the machine's preference spreads them: the running machine tells.
    sockets:
      guestCpus !== undefined
        ? Math.max(1, guestCpus / ((count(actual, 'cores') ?? 1) * (count(actual, 'threads') ?? 1)))
        : (count(domain, 'sockets') ?? 1),
    cores: guestCpus !== undefined ? (count(actual, 'cores') ?? 1) : (count(domain, 'cores') ?? 1),
    threads: guestCpus !== undefined ? (count(actual, 'threads') ?? 1) : (count(domain, 'threads') ?? 1),
    memory,
    ...(vmi && {
      running: {
        sockets: now('sockets'),
        cores: now('cores'),
        threads: now('threads'),
        memory: current,
        memoryAtBoot: bytes(vmi, 'status', 'memory', 'guestAtBoot') ?? current,
      },
      most: {
        sockets: Math.max(count(actual, 'maxSockets') ?? 0, now('sockets')),
        memory: Math.max(bytes(actual, 'memory', 'maxGuest') ?? 0, current),
      },
    }),
    ...(model && { model }),
    ...(machineType && { machineType }),
    firmware: efi === undefined ? 'bios' : pick(efi, 'secureBoot') === false ? 'uefi' : 'uefi-secure',
  };
}

function disksOf({ vm, vmi, claims, dataVolumes }: HardwareSources): HardwareDisk[] {
  const wanted = pick(vm, 'spec', 'template', 'spec');
  const actual = pick(vmi, 'spec');
  const inMachine = pickList(actual, 'domain', 'devices', 'disks');
  const declared = pickList(wanted, 'domain', 'devices', 'disks');
  // Gone from the template, and the machine still has them.
  const leaving = inMachine.filter((disk) => !declared.some((other) => other['name'] === disk['name']));
  return [...declared, ...leaving].map((disk) => {
    const name = pickText(disk, 'name') ?? '';
    const kind = (['cdrom', 'lun', 'disk'] as const).find((each) => disk[each] !== undefined) ?? 'disk';
    const volume = pickList(wanted, 'volumes').find((each) => each['name'] === name);
    const present = pickList(actual, 'volumes').some((each) => each['name'] === name);
    const source = volume && Object.keys(volume).find((each) => each !== 'name');
    const claimName =
      volume && source ? (pickText(volume, source, 'name') ?? pickText(volume, source, 'claimName')) : undefined;
    const claim = claims.find((each) => each.metadata.name === claimName);
    const made = dataVolumes.find((each) => each.metadata.name === claimName);
    const status = pickList(vmi, 'status', 'volumeStatus').find((each) => each['name'] === name);
    const asked = quantity(pick(claim, 'spec', 'resources', 'requests', 'storage'));
    const capacity = quantity(pick(claim, 'status', 'capacity', 'storage'));
    const used = quantity(pickText(claim, 'metadata', 'annotations', 'hearth.dev/real-size'));
    const waits = pickList(claim, 'status', 'conditions').find((each) =>
      ['Resizing', 'FileSystemResizePending'].includes(String(each['type'])),
    );
    const phase =
      pickText(status, 'phase') ??
      (pickText(made, 'status', 'phase') === 'Succeeded' ? undefined : pickText(made, 'status', 'phase'));
    const optional = <K extends keyof HardwareDisk>(key: K, value: HardwareDisk[K] | undefined) =>
      value === undefined ? {} : { [key]: value };
    return {
      name,
      kind,
      bus: pickText(disk, kind, 'bus') ?? (kind === 'cdrom' ? 'sata' : 'virtio'),
      readOnly: kind === 'cdrom' || pick(disk, kind, 'readonly') === true,
      hotpluggable: source !== undefined && pick(volume, source, 'hotpluggable') === true,
      attached: present || (kind === 'cdrom' && inMachine.some((each) => each['name'] === name)),
      ...optional('cache', pickText(disk, 'cache')),
      ...optional('bootOrder', pickNumber(disk, 'bootOrder')),
      ...optional('serial', pickText(disk, 'serial')),
      ...optional('source', source),
      ...optional('claim', source === 'dataVolume' || source === 'persistentVolumeClaim' ? claimName : undefined),
      ...optional('phase', phase),
      ...optional('message', phase === 'Ready' ? undefined : pickText(status, 'message')),
      ...optional('size', asked ?? quantity(pick(volume, 'emptyDisk', 'capacity'))),
      ...optional('capacity', capacity),
      ...optional('used', used),
      ...optional(
        'growing',
        capacity !== undefined && asked !== undefined && asked > capacity
          ? (pickText(waits, 'message') ?? '')
          : undefined,
      ),
    };
  });
}

const GiB = (bytes: number): string => `${Number((bytes / 2 ** 30).toFixed(2))} GiB`;

function pendingOf(vm: KubeObject, vmi: KubeObject, size: MachineSize, restart: string | undefined): PlannedChange[] {
  const changes: PlannedChange[] = [];
  const { running: has } = size;
  // Without the condition the target is at it: a guest takes its time.
  const when = restart === undefined ? 'now' : 'restart';
  const why = (what: string): string => restart ?? `The guest is taking the ${what} now.`;
  if (has) {
    for (const field of ['sockets', 'cores', 'threads'] as const)
      if (size[field] !== has[field])
        changes.push({ what: field, from: String(has[field]), to: String(size[field]), when, why: why('CPUs') });
    // Driver blocks of 2 MiB that stay behind when memory is given back are no change that waits.
    if (Math.abs(size.memory - has.memory) > 64 * 2 ** 20)
      changes.push({ what: 'memory', from: GiB(has.memory), to: GiB(size.memory), when, why: why('memory') });
  }
  changes.push(...diskChanges(vm, vmi, restart));
  if (restart !== undefined && changes.every((change) => change.when !== 'restart'))
    changes.push({ what: 'other', when: 'restart', why: restart });
  return changes;
}

function diskChanges(vm: KubeObject, vmi: KubeObject, restart: string | undefined): PlannedChange[] {
  const lists = (of: unknown) => ({
    disks: pickList(of, 'domain', 'devices', 'disks'),
    volumes: pickList(of, 'volumes'),
  });
  const [wanted, actual] = [lists(pick(vm, 'spec', 'template', 'spec')), lists(pick(vmi, 'spec'))];
  const named = (list: Record<string, unknown>[], name: unknown) => list.find((each) => each['name'] === name);
  const changes: PlannedChange[] = [];
  const tell = (disk: Record<string, unknown>, to: string): void => {
    const what = disk['cdrom'] === undefined ? 'disk' : 'disc';
    changes.push({
      what,
      name: String(disk['name']),
      to,
      when: restart === undefined ? 'now' : 'restart',
      ...(restart === undefined ? {} : { why: restart }),
    });
  };
  for (const disk of wanted.disks) {
    const before = named(actual.disks, disk['name']);
    const volume = named(wanted.volumes, disk['name']);
    if (!before) tell(disk, 'attached');
    else if (
      disk['cdrom'] !== undefined &&
      JSON.stringify(sourceOf(volume)) !== JSON.stringify(sourceOf(named(actual.volumes, disk['name'])))
    )
      tell(disk, volume ? 'inserted' : 'ejected');
    else if (differs(disk, before)) tell(disk, 'changed');
  }
  for (const disk of actual.disks) if (!named(wanted.disks, disk['name'])) tell(disk, 'detached');
  return changes;
}

const sourceOf = (volume: unknown): unknown => [
  pickText(volume, 'dataVolume', 'name'),
  pickText(volume, 'persistentVolumeClaim', 'claimName'),
];

/** What of a disk a person sets; the target adds defaults to the rest. */
function differs(wanted: Record<string, unknown>, actual: Record<string, unknown>): boolean {
  const kind = (['cdrom', 'lun', 'disk'] as const).find((each) => wanted[each] !== undefined) ?? 'disk';
  const pairs: [unknown, unknown][] = [
    [pick(wanted, kind, 'bus') ?? pick(actual, kind, 'bus'), pick(actual, kind, 'bus')],
    [pick(wanted, 'cache'), pick(actual, 'cache')],
    [pick(wanted, 'bootOrder'), pick(actual, 'bootOrder')],
  ];
  return pairs.some(([to, from]) => to !== from);
}
