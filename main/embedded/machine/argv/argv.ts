import { diskArguments } from './disks.ts';
import { escaped, options } from './options.ts';
import type { MachinePlan } from './plan.ts';
import { vcpus } from './size.ts';

/** Layout of KubeVirt's masquerade: the guest is always 10.0.2.2. */
export const guestAddress = '10.0.2.2';
const userNetwork = { net: '10.0.2.0/24', host: '10.0.2.1', dns: '10.0.2.3', dhcpstart: guestAddress };

/** Free slots for disks added to a running q35 guest. */
const hotplugPorts = 4;

/** QEMU's command line, without the binary. Pure: the golden tests read it. */
export function argv(plan: MachinePlan): string[] {
  return [
    ...identity(plan),
    ...processor(plan),
    ...firmware(plan),
    ...control(plan),
    ...screen(plan),
    ...consoles(plan),
    ...network(plan),
    ...diskArguments(plan),
    ...small(plan),
    ...(plan.paused ? ['-S'] : []),
  ];
}

function identity(plan: MachinePlan): string[] {
  return [
    '-name', options('', { guest: plan.name, process: plan.comm }),
    '-uuid', plan.uuid,
    '-smbios', options('type=1', { manufacturer: 'Hearth', product: 'Virtual machine', serial: plan.serialNumber, uuid: plan.uuid }),
    '-nodefaults', '-no-user-config',
    // A guest that shuts down stays until the engine has seen it: otherwise a shutdown while no engine runs looks like a crash.
    '-no-shutdown',
    '-pidfile', plan.files.pid,
    ...(plan.sandbox ? ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'] : []),
    '-rtc', plan.localClock ? 'base=localtime' : 'base=utc',
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
      pflash0: uefi ? 'flash0' : undefined,
      pflash1: uefi ? 'flash1' : undefined,
    }),
    '-accel',
    options(plan.accelerator, { 'tb-size': plan.translationCache ? plan.translationCache / 2 ** 20 : undefined }),
    '-cpu', plan.cpuModel,
    '-smp', options(String(vcpus(plan.topology)), { sockets, cores, threads }),
    '-m', String(plan.memory / 2 ** 20),
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

function screen({ video, files, inputs }: MachinePlan): string[] {
  const devices: Record<string, string> = {
    vga: 'VGA',
    virtio: 'virtio-vga',
    bochs: 'bochs-display',
    cirrus: 'cirrus-vga',
    ramfb: 'ramfb',
  };
  const out = ['-display', 'none'];
  // A Unix socket in a private folder and nothing else: `websocket=on` would open an unauthenticated port on every address.
  if (video) out.push('-vnc', `unix:${escaped(files.vnc)}`, '-device', `${devices[video] ?? 'VGA'},id=video0`);
  else out.push('-vga', 'none');
  if (inputs.some((input) => input.bus === 'usb')) out.push('-device', 'qemu-xhci,id=usb0');
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

function network({ nics, name }: MachinePlan): string[] {
  const models: Record<string, string> = {
    virtio: 'virtio-net-pci',
    e1000: 'e1000',
    e1000e: 'e1000e',
    rtl8139: 'rtl8139',
  };
  return nics.flatMap((nic, index) => [
    '-netdev',
    options('user', { id: `net${index}`, ipv6: false, ...userNetwork, hostname: name }),
    '-device',
    options(models[nic.model] ?? 'virtio-net-pci', {
      id: `nic${index}`,
      netdev: `net${index}`,
      mac: nic.mac,
      bootindex: nic.bootIndex,
      // Without a place in the boot order the boot ROM only costs time.
      ...(nic.bootIndex === undefined ? { romfile: '' } : {}),
    }),
  ]);
}

function small(plan: MachinePlan): string[] {
  const out: string[] = [];
  if (plan.balloon) out.push('-device', 'virtio-balloon-pci,id=balloon0,deflate-on-oom=on');
  if (plan.rng) out.push('-object', 'rng-builtin,id=rng0', '-device', 'virtio-rng-pci,rng=rng0,id=rngdev0');
  if (plan.machine === 'q35')
    for (let port = 0; port < hotplugPorts; port += 1)
      out.push(
        '-device',
        `pcie-root-port,id=hotplug${port},chassis=${port + 1},addr=0x10.0x${port}${port === 0 ? ',multifunction=on' : ''}`,
      );
  return out;
}
