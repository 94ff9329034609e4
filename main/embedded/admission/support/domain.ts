import { harmless, isEnabled, isFilled, refused, works, worksUnless } from './support.ts';
import type { SupportTable } from './support.ts';

const noPinning = 'CPUs of this computer are not set aside for a machine';
const noHugepages = 'memory in huge pages needs a node that has set them aside';
const hint = 'a tuning hint for a real hypervisor; guests run the same without it';
const removeIt = 'remove the field';

export const domain: SupportTable = {
  'domain.chassis': refused('the chassis in the SMBIOS table is fixed', removeIt, isFilled),
  'domain.clock.timer': works,
  'domain.clock.timezone': worksUnless(
    (value) => value !== Intl.DateTimeFormat().resolvedOptions().timeZone,
    'the clock of guests starts at UTC or at the local time of this computer',
    'name the time zone of this computer, or remove the field and set it in the guest',
  ),
  'domain.clock.utc': works,
  'domain.clock.utc.offsetSeconds': refused(
    'the clock of guests starts at UTC or local time',
    'use clock.timezone or set the clock in the guest',
  ),
  'domain.cpu.cores': works,
  'domain.cpu.sockets': works,
  'domain.cpu.threads': works,
  'domain.cpu.model': works,
  'domain.cpu.features': refused('single CPU features cannot be switched', 'choose a CPU model, e.g. host-model'),
  'domain.cpu.maxSockets': works,
  'domain.cpu.dedicatedCpuPlacement': refused(noPinning, removeIt),
  'domain.cpu.isolateEmulatorThread': refused(noPinning, removeIt),
  'domain.cpu.numa': refused('guests have one NUMA node', removeIt),
  'domain.cpu.realtime': refused('realtime needs CPUs set aside for the machine', removeIt),
  'domain.features.acpi': worksUnless(
    (value) => !isEnabled(value),
    'guests always have ACPI: shutting them down needs it',
    'remove the field or set it to true',
  ),
  'domain.features.apic': harmless('guests always have an APIC'),
  // With KVM only: elsewhere an event of the instance tells what was left out.
  'domain.features.hyperv': works,
  'domain.features.hypervPassthrough': works,
  'domain.features.kvm.hidden': works,
  'domain.features.pvspinlock': works,
  'domain.features.smm': works,
  'domain.firmware.uuid': works,
  'domain.firmware.serial': works,
  'domain.firmware.bootloader': works,
  'domain.firmware.bootloader.bios.useSerial': refused(
    'the BIOS does not write to the serial console',
    'use the screen, or a bootloader that writes to the serial console',
  ),
  'domain.firmware.bootloader.efi.persistent': works,
  'domain.firmware.acpi': refused('SLIC and MSDM tables are not passed on', removeIt),
  'domain.firmware.kernelBoot': refused(
    'booting a kernel from a container needs a container registry',
    'boot from a disk image',
  ),
  'domain.ioThreads': harmless(hint),
  'domain.ioThreadsPolicy': harmless(hint),
  'domain.launchSecurity': refused('encrypted guests need SEV or TDX hardware and KubeVirt on it', removeIt),
  'domain.machine': works,
  'domain.memory.guest': works,
  'domain.memory.maxGuest': works,
  'domain.memory.hugepages': refused(noHugepages, removeIt),
  'domain.memory.reservedOverhead': refused('memory is not reserved beside the guest', removeIt),
  'domain.rebootPolicy': worksUnless(
    (value) => value === 'Terminate',
    'a reboot stays a reboot',
    'use Reboot or runStrategy Once',
  ),
  'domain.resources.requests.cpu': works,
  'domain.resources.requests.memory': works,
  'domain.resources.requests.*': refused('only cpu and memory can be asked for', removeIt),
  'domain.resources.limits.cpu': works,
  'domain.resources.limits.memory': works,
  'domain.resources.limits.*': refused('only cpu and memory can be limited', removeIt),
  'domain.resources.overcommitGuestOverhead': harmless('the overhead of QEMU is always counted'),
};
