import type { HostSystem } from '../platform.ts';
import { options } from './options.ts';

const MiB = 2 ** 20;

/** The value of `-accel`. `cache`: bytes of the translation cache, in software mode. Pure. */
export function acceleratorArgument({ accelerator }: Pick<HostSystem, 'accelerator'>, cache: number): string {
  switch (accelerator) {
    case 'tcg':
      return options('tcg', { 'tb-size': cache > 0 ? cache / MiB : undefined });
    // With Hyper-V's own interrupt controller the interrupts of virtio devices (MSI) get lost (QEMU issues 346, 513).
    case 'whpx':
      return 'whpx,kernel-irqchip=off';
    case 'kvm':
    case 'hvf':
      return accelerator;
  }
}

/** The model of `-cpu`: what a spec asks for, else the best that this system has. Pure. */
export function cpuModel({ accelerator, arch }: HostSystem, wanted: string | undefined): string {
  if (wanted && wanted !== 'host-model' && wanted !== 'host-passthrough') return wanted;
  switch (accelerator) {
    // QEMU's own pointer authentication is quick; the architecture's takes half the time of a boot.
    case 'tcg':
      return arch === 'arm64' ? 'max,pauth-impdef=on' : 'max';
    // WHPX fails with `max` and knows no `host` (QEMU issue 1043).
    case 'whpx':
      return arch === 'arm64' ? 'host' : 'qemu64';
    case 'kvm':
    case 'hvf':
      return 'host';
  }
}
