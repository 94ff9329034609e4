import type { BlockNode } from '../../kube/block.ts';
import type { EngineConfig } from '../../kube/context.ts';
import type { Stored } from '../../kube/object.ts';
import { nicSockets } from '../files.ts';
import { lacksOf, systemOf } from '../platform.ts';
import type { Lacking } from '../platform.ts';
import type { MachineFiles } from '../files.ts';
import { firmwareUuid, identityOf, stableMac, vmiSpec } from '../spec.ts';
import type { VmiSpec } from '../spec.ts';
import { guestMemory, hotMemory, maxSocketsOf, reservedMemory, topologyOf, translationCache } from './size.ts';
import type { Topology } from './size.ts';
import { cpuModel } from './accelerator.ts';
import { disksOf, interfacesOf } from './devices.ts';
import { tuningOf } from './processor.ts';
import type { Tuning } from './processor.ts';
import type { DeviceBus, DiskDevice } from './devices.ts';

export interface PlannedDisk {
  volume: string;
  device: DiskDevice;
  bus: DeviceBus;
  /** Absent for an empty CD-ROM drive. */
  block: BlockNode | undefined;
  bootIndex: number | undefined;
  serial: string | undefined;
  cache: string | undefined;
  hotpluggable: boolean;
}
export interface PlannedNic {
  name: string;
  model: string;
  mac: string;
  bootIndex: number | undefined;
  /** pod: through the switch and out; private: the switch alone; user: QEMU's own network, where there is no switch. */
  cable: 'pod' | 'private' | 'user';
  socket: string;
  uplink: string;
}
/** `virt` is what machines with ARM processors have. */
export type MachineType = 'q35' | 'pc' | 'virt';
export type Firmware = { kind: 'bios' } | { kind: 'uefi'; code: string; vars: string; secure: boolean };

/** Everything QEMU is told, as data. */
export interface MachinePlan {
  name: string;
  namespace: string;
  comm: string;
  uuid: string;
  serialNumber: string | undefined;
  accelerator: EngineConfig['accelerator'];
  machine: MachineType;
  cpuModel: string;
  topology: Topology;
  /** Sockets that may be filled while it runs; at least those of the topology. */
  maxSockets: number;
  memory: number;
  /** Bytes that may be plugged in while it runs. */
  hotMemory: number;
  /** Bytes of QEMU's translation cache; software mode only. */
  translationCache: number;
  /** Bytes counted against this computer. */
  reserved: number;
  firmware: Firmware;
  disks: PlannedDisk[];
  nics: PlannedNic[];
  video: string | undefined;
  inputs: { type: string; bus: string }[];
  balloon: boolean;
  rng: boolean;
  serialConsole: boolean;
  paused: boolean;
  localClock: boolean;
  tpm: { persistent: boolean } | undefined;
  sound: 'ich9' | 'ac97' | undefined;
  /** Switches of the CPU model and of the timers, which depend on the accelerator. */
  tuning: Tuning;
  /** QEMU's own seccomp filter; Linux only. */
  sandbox: boolean;
  files: MachineFiles;
}

/** The process name QEMU gives itself: at most 15 characters, and its own. */
export const commOf = (uid: string): string => `hearth-${uid.replaceAll('-', '').slice(0, 8)}`;

/** Builds the plan of an instance. `blocks` has what QEMU opens for each volume. Pure. */
export function planOf(
  vmi: Stored,
  blocks: ReadonlyMap<string, BlockNode>,
  config: EngineConfig,
  files: MachineFiles,
  platform: NodeJS.Platform = process.platform,
  switched = true,
): MachinePlan {
  const system = systemOf({ ...config, platform });
  const lacks = lacksOf(system);
  const spec = vmiSpec(vmi);
  const { domain } = spec;
  const identity = identityOf(vmi);
  const machine = machineOf(system.arch, domain.machine?.type);
  const video = domain.devices.autoattachGraphicsDevice === false ? undefined : (domain.devices.video?.type ?? 'vga');
  const inputs = (domain.devices.inputs ?? []).map(({ type, bus }) => ({ type, bus: bus ?? 'usb' }));
  return {
    name: vmi.metadata.name,
    namespace: vmi.metadata.namespace ?? 'default',
    comm: commOf(vmi.metadata.uid),
    uuid: firmwareUuid(vmi),
    serialNumber: domain.firmware?.serial,
    accelerator: config.accelerator,
    machine,
    cpuModel: cpuModel(system, domain.cpu?.model),
    topology: topologyOf(spec),
    maxSockets: lacks.liveCpu ? topologyOf(spec).sockets : maxSocketsOf(spec),
    memory: guestMemory(spec),
    hotMemory: lacks.liveMemory ? 0 : hotMemory(spec),
    translationCache: translationCache(spec, config.accelerator),
    reserved: reservedMemory(spec, config.accelerator),
    firmware: firmwareOf(vmi, config, files, { machine, lack: lacks.secureBoot }),
    disks: disksOf(spec).map((disk) => ({ ...disk, block: blocks.get(disk.volume) })),
    nics: interfacesOf(spec).map((nic) => ({
      name: nic.name,
      model: nic.model ?? 'virtio',
      mac: nic.macAddress?.toLowerCase().replaceAll('-', ':') ?? stableMac(identity, nic.name),
      bootIndex: nic.bootOrder,
      cable: spec.networks?.find((network) => network.name === nic.name)?.multus
        ? 'private'
        : switched
          ? 'pod'
          : 'user',
      ...nicSockets(files, nic.name),
    })),
    video,
    inputs,
    balloon: domain.devices.autoattachMemBalloon !== false,
    rng: domain.devices.rng !== undefined,
    serialConsole: domain.devices.autoattachSerialConsole !== false,
    paused: spec.startStrategy === 'Paused',
    localClock: domain.clock?.timezone !== undefined,
    tpm: tpmOf(spec),
    sound: domain.devices.sound && (domain.devices.sound.model === 'ac97' ? 'ac97' : 'ich9'),
    tuning: tuningOf(spec, config.accelerator, system.arch),
    sandbox: platform === 'linux',
    files,
  };
}

function tpmOf({ domain }: VmiSpec): MachinePlan['tpm'] {
  const { tpm } = domain.devices;
  return tpm && tpm.enabled !== false ? { persistent: tpm.persistent === true } : undefined;
}

/** On ARM there is one machine, whatever a spec that came from elsewhere says. */
function machineOf(arch: NodeJS.Architecture, type: string | undefined): MachineType {
  if (arch === 'arm64') return 'virt';
  return /^(pc|pc-i440fx.*)$/.test(type ?? '') ? 'pc' : 'q35';
}

function firmwareOf(
  vmi: Stored,
  config: EngineConfig,
  files: MachineFiles,
  { machine, lack }: { machine: MachineType; lack: Lacking | undefined },
): Firmware {
  // ARM has no BIOS: UEFI it is, where nothing is said.
  const efi = vmiSpec(vmi).domain.firmware?.bootloader?.efi ?? (machine === 'virt' ? { secureBoot: false } : undefined);
  if (!efi) return { kind: 'bios' };
  const secure = efi.secureBoot !== false;
  if (secure && lack) throw new FirmwareMissing(`${lack.reason} ${lack.remedy}`);
  const code = secure ? config.firmware.ovmfCodeSecure : config.firmware.ovmfCode;
  if (!code)
    throw new FirmwareMissing(
      `This computer has no UEFI firmware ${secure ? 'with Secure Boot ' : ''}for virtual machines. Install the package ovmf (Debian, Ubuntu) or edk2-ovmf (Fedora, Arch)${secure ? ', or set secureBoot to false' : ''}, or choose BIOS.`,
    );
  return { kind: 'uefi', code, vars: files.vars, secure };
}

/** UEFI is asked for and not installed. */
export class FirmwareMissing extends Error {
  override readonly name = 'FirmwareMissing';
}
