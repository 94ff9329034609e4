import { acceleratorArgument } from './accelerator.ts';
import { diskArguments } from './disks.ts';
import { extras } from './extras.ts';
import { networkArguments } from './network.ts';
import { escaped, options } from './options.ts';
import type { MachinePlan } from './plan.ts';
import { vcpus } from './size.ts';

/** Slots for disks and network cards that come and go while a q35 guest runs; virtio-scsi takes many disks on one. */
const hotplugPorts = 6;

/** QEMU's command line, without the binary. Pure: the golden tests read it. */
export function argv(plan: MachinePlan): string[] {
  return [
    ...identity(plan),
    ...processor(plan),
    ...firmware(plan),
    ...control(plan),
    ...screen(plan),
    ...consoles(plan),
    ...ports(plan),
    ...networkArguments(plan),
    ...diskArguments(plan, hotplugPorts),
    ...small(plan),
    ...extras(plan),
    ...(plan.paused ? ['-S'] : []),
  ];
}

function identity(plan: MachinePlan): string[] {
  return [
    // QEMU names its process on Linux only, and ends at once where it is asked to elsewhere (os-posix.c).
    '-name', options('', { guest: plan.name, process: plan.sandbox ? plan.comm : undefined }),
    '-uuid', plan.uuid,
    '-smbios', options('type=1', { manufacturer: 'Hearth', product: 'Virtual machine', serial: plan.serialNumber, uuid: plan.uuid }),
    '-nodefaults', '-no-user-config',
    // A guest that shuts down stays until the engine has seen it: otherwise a shutdown while no engine runs looks like a crash.
    '-no-shutdown',
    '-pidfile', plan.files.pid,
    ...(plan.sandbox ? ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'] : []),
    '-rtc', options('', { base: plan.localClock ? 'localtime' : 'utc', driftfix: plan.tuning.slewClock && plan.machine !== 'virt' ? 'slew' : undefined }),
  ]; // prettier-ignore
}

function processor(plan: MachinePlan): string[] {
  const { sockets, cores, threads } = plan.topology;
  const uefi = plan.firmware.kind === 'uefi';
  return [
    '-machine',
    options(plan.machine, {
      usb: false,
      'dump-guest-core': false,
      smm: plan.machine === 'q35' && uefi && plan.firmware.kind === 'uefi' && plan.firmware.secure ? true : undefined,
      hpet: plan.machine === 'virt' ? undefined : plan.tuning.hpet,
      pflash0: uefi ? 'flash0' : undefined,
      pflash1: uefi ? 'flash1' : undefined,
    }),
    '-accel',
    acceleratorArgument(plan, plan.translationCache),
    '-cpu', [plan.cpuModel, ...plan.tuning.cpu].join(','),
    '-smp', options(String(vcpus(plan.topology)), plan.maxSockets > sockets
      ? { maxcpus: plan.maxSockets * cores * threads, sockets: plan.maxSockets, cores, threads }
      : { sockets, cores, threads }),
    ...memory(plan),
    ...plan.tuning.globals.flatMap((property) => ['-global', property]),
  ]; // prettier-ignore
}

/** Memory that is plugged in later lies in a virtio-mem device, as on KubeVirt; nothing of it is taken from this computer before. */
function memory({ memory, hotMemory }: MachinePlan): string[] {
  const MiB = 2 ** 20;
  if (hotMemory === 0) return ['-m', String(memory / MiB)];
  return [
    '-m', options(`${memory / MiB}M`, { slots: 1, maxmem: `${(memory + hotMemory) / MiB}M` }),
    '-object', options('memory-backend-ram', { id: 'hotram0', size: hotMemory, reserve: false }),
    '-device', options('virtio-mem-pci', { id: 'hotmem0', memdev: 'hotram0', 'requested-size': 0 }),
  ]; // prettier-ignore
}

function firmware({ firmware }: MachinePlan): string[] {
  if (firmware.kind === 'bios') return [];
  const node = (name: string, driver: string, file: string, readOnly: boolean) => [
    '-blockdev', JSON.stringify({ driver: 'file', 'node-name': `${name}-f`, filename: file, 'read-only': readOnly }),
    '-blockdev', JSON.stringify({ driver, 'node-name': name, file: `${name}-f`, 'read-only': readOnly }),
  ]; // prettier-ignore
  return [
    ...(firmware.secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...node('flash0', 'raw', firmware.code, true),
    ...node('flash1', 'qcow2', firmware.vars, false),
  ];
}

function control({ files }: MachinePlan): string[] {
  const socket = (id: string, path: string) => ['-chardev', options('socket', { id, path, server: true, wait: false })];
  // One for the engine, one spare for a person who looks in with a tool: a monitor serves one client at a time.
  return [
    ...socket('qmp0', files.qmp), '-mon', 'chardev=qmp0,mode=control',
    ...socket('qmp1', files.spareQmp), '-mon', 'chardev=qmp1,mode=control',
  ]; // prettier-ignore
}

const devices: Record<string, string> = {
  vga: 'VGA',
  virtio: 'virtio-vga',
  bochs: 'bochs-display',
  cirrus: 'cirrus-vga',
  ramfb: 'ramfb',
};
/** VGA is a PC's; its place takes the card that UEFI and every Linux on ARM know. */
const armDevices: Record<string, string> = { bochs: 'bochs-display', ramfb: 'ramfb' };
const fallback = { q35: 'VGA', pc: 'VGA', virt: 'virtio-gpu-pci' } as const;

/** A PC has a keyboard and a mouse of its own; an ARM machine with a screen gets them on USB, as on KubeVirt. */
function inputsOf({ machine, video, inputs }: MachinePlan): MachinePlan['inputs'] {
  if (machine !== 'virt' || !video) return inputs;
  const usable = inputs.map((each) => ({ ...each, bus: each.bus === 'ps2' ? 'usb' : each.bus }));
  return ['keyboard', 'tablet'].reduce(
    (all, type) => (all.some((each) => each.type === type) ? all : [...all, { type, bus: 'usb' }]),
    usable,
  );
}

function screen(plan: MachinePlan): string[] {
  const { video, files, disks, machine } = plan;
  const inputs = inputsOf(plan);
  const out = ['-display', 'none'];
  // A Unix socket in a private folder and nothing else: `websocket=on` would open an unauthenticated port on every address.
  if (video)
    out.push(
      '-vnc',
      `unix:${escaped(files.vnc)}`,
      '-device',
      `${(machine === 'virt' ? armDevices : devices)[video] ?? fallback[machine]},id=video0`,
    );
  else out.push('-vga', 'none');
  if ([...inputs, ...disks].some(({ bus }) => bus === 'usb')) out.push('-device', 'qemu-xhci,id=usb0');
  inputs.forEach(({ type, bus }, index) => {
    if (bus === 'usb')
      out.push('-device', `${type === 'keyboard' ? 'usb-kbd' : 'usb-tablet'},bus=usb0.0,id=input${index}`);
    // PS/2 keyboard and mouse are part of the machine.
    else if (bus === 'virtio')
      out.push('-device', `virtio-${type === 'keyboard' ? 'keyboard' : 'tablet'}-pci,id=input${index}`);
  });
  return out;
}

function consoles({ files, serialConsole }: MachinePlan): string[] {
  const out: string[] = [];
  if (serialConsole)
    out.push(
      '-chardev',
      options('socket', {
        id: 'serial0', path: files.serial, server: true, wait: false, logfile: files.serialLog, logappend: true,
      }), // prettier-ignore
      '-serial',
      'chardev:serial0',
    );
  out.push(
    '-device', 'virtio-serial-pci,id=vserial0',
    '-chardev', options('socket', { id: 'qga0', path: files.agent, server: true, wait: false }),
    '-device', 'virtserialport,bus=vserial0.0,nr=1,chardev=qga0,id=qga0,name=org.qemu.guest_agent.0',
  ); // prettier-ignore
  return out;
}

function small(plan: MachinePlan): string[] {
  const out: string[] = [];
  if (plan.balloon) out.push('-device', 'virtio-balloon-pci,id=balloon0,deflate-on-oom=on');
  if (plan.rng) out.push('-object', 'rng-builtin,id=rng0', '-device', 'virtio-rng-pci,rng=rng0,id=rngdev0');
  return out;
}

/** Ports stand on the command line before what sits in them. */
function ports({ machine }: MachinePlan): string[] {
  if (machine === 'pc') return [];
  return Array.from({ length: hotplugPorts }, (_, port) => [
    '-device',
    `pcie-root-port,id=hotplug${port},chassis=${port + 1},addr=0x10.0x${port}${port === 0 ? ',multifunction=on' : ''}`,
  ]).flat();
}
