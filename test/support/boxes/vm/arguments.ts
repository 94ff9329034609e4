import { join } from 'node:path';

export type Firmware = 'uefi' | 'secure-boot' | 'bios';
export interface VmDisk {
  path: string;
  format: 'raw' | 'qcow2';
  bus: 'virtio' | 'nvme' | 'sata';
  serial: string;
  /** 16 hexadecimal digits; only of SATA disks. */
  wwn?: string;
}
export interface VmSpec {
  firmware: Firmware;
  /** Raw image of the stick, as usb-storage. */
  stick?: string;
  stickSerial?: string;
  disks: readonly VmDisk[];
  /** MiB. */
  memory: number;
  /** Ports of 127.0.0.1 that lead into the guest, by the guest's port. */
  forwards: ReadonlyMap<number, number>;
  /** Third number of its network 10.0.N.0/24; 2 unless told: another one is another house. */
  network?: number;
  /** A saved state to go on from. */
  incoming?: string;
}

const ovmf = '/usr/share/OVMF';
export const firmwareFiles = {
  code: `${ovmf}/OVMF_CODE_4M.fd`,
  vars: `${ovmf}/OVMF_VARS_4M.fd`,
  secureCode: `${ovmf}/OVMF_CODE_4M.secboot.fd`,
  secureVars: `${ovmf}/OVMF_VARS_4M.ms.fd`,
};

/**
 * Words for the kernel of an image that is tried here: the code on the serial line, small disks, a root shell on the second
 * serial line, and what makes software emulation faster.
 */
export const labArguments =
  'hearth.serial hearth.minimum=2000000000 systemd.debug_shell=ttyS1 mitigations=off no_timer_check nokaslr audit=0 apparmor=0 random.trust_cpu=on tsc=reliable';

/**
 * Arguments of a QEMU that is a computer for a box: software emulation only, of a processor without AVX, which would be emulated
 * at half the speed, and without SSSE3: SHA-256 in vectors takes twice as long there as plain.
 * `folder` holds the serial log, the monitor's socket and the firmware's variables.
 */
export function vmArguments(spec: VmSpec, folder: string): string[] {
  const secure = spec.firmware === 'secure-boot';
  const network = `10.0.${spec.network ?? 2}`;
  const forwards = [...spec.forwards].map(([guest, host]) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`).join('');
  return [
    '-nodefaults', '-no-user-config', '-display', 'none', '-name', 'hearth-test-box',
    '-machine', `q35,vmport=off${secure ? ',smm=on' : ''}`, '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'qemu64',
    '-m', String(spec.memory), '-smp', '2', '-rtc', 'base=utc,clock=host', '-vga', 'std',
    ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...(spec.firmware === 'bios'
      ? []
      : [
          '-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${secure ? firmwareFiles.secureCode : firmwareFiles.code}`,
          '-drive', `if=pflash,format=raw,unit=1,file=${join(folder, 'vars.fd')}`,
        ]),
    '-device', 'qemu-xhci,id=usb', '-device', 'ich9-ahci,id=sata', '-device', 'usb-kbd,bus=usb.0',
    ...(spec.stick === undefined
      ? []
      : ['-drive', `if=none,id=stick,file=${spec.stick},format=raw,cache=writeback`,
         '-device', `usb-storage,id=stick0,bus=usb.0,drive=stick,removable=on,bootindex=1${spec.stickSerial === undefined ? '' : `,serial=${spec.stickSerial}`}`]),
    ...spec.disks.flatMap((disk, index) => diskArguments(disk, index)),
    '-netdev', `user,id=net,net=${network}.0/24,ipv6=off${forwards}`,
    '-device', 'virtio-net-pci,netdev=net,id=nic,mac=52:54:00:48:42:01,romfile=',
    '-device', 'virtio-rng-pci',
    '-chardev', `file,id=console,path=${join(folder, 'serial.log')},append=on`, '-serial', 'chardev:console',
    '-chardev', `socket,id=shell,path=${join(folder, 'shell')},server=on,wait=off`, '-serial', 'chardev:shell',
    '-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`,
    ...(spec.incoming === undefined ? [] : ['-incoming', 'defer']),
  ]; // prettier-ignore
}

function diskArguments(disk: VmDisk, index: number): string[] {
  const id = `disk${index}`;
  const drive = ['-drive', `if=none,id=${id},file=${disk.path},format=${disk.format},cache=writeback,discard=unmap`];
  const boot = `bootindex=${index + 2}`;
  if (disk.bus === 'virtio') return [...drive, '-device', `virtio-blk-pci,drive=${id},serial=${disk.serial},${boot}`];
  if (disk.bus === 'nvme') return [...drive, '-device', `nvme,drive=${id},serial=${disk.serial},${boot}`];
  const wwn = disk.wwn === undefined ? '' : `,wwn=0x${disk.wwn}`;
  return [...drive, '-device', `ide-hd,bus=sata.${index},drive=${id},serial=${disk.serial}${wwn},${boot}`];
}
