import type { EngineConfig } from '../../kube/context.ts';
import { bytesOf, quantityOf } from '../../kube/quantity.ts';
import { memoryBlock, vcpus } from '../argv/size.ts';
import { lacksOf, systemOf } from '../platform.ts';
import type { VmiSpec } from '../spec.ts';

/** KubeVirt's figures (pkg/virt-config: maxHotplugRatio 4, 512 vCPUs; docs: memory is added to guests of at least 1 GiB). */
export const bootLimits = { ratio: 4, vcpus: 512, leastMemory: 2 ** 30, memoryStep: memoryBlock } as const;

export type LimitConfig = Pick<EngineConfig, 'memory' | 'accelerator' | 'platform' | 'arch'>;

/**
 * Sets how far an instance can grow while it runs, where its template does not say: KubeVirt does so at each start. Memory
 * never beyond what this computer has for machines: it could not be given, and room for it costs the guest some of its own
 * (a Linux that may get memory above 4 GiB keeps 64 MiB for buffers below). Changes `spec`.
 */
export function setLimits(spec: VmiSpec, config: LimitConfig): void {
  const lacks = lacksOf(systemOf(config));
  const { cpu, memory, devices } = spec.domain;
  if (devices.disableHotplug) return;
  if (cpu?.sockets && (lacks.liveCpu || (config.accelerator === 'tcg' && hasSecureBoot(spec))))
    cpu.maxSockets = cpu.sockets;
  else if (cpu?.sockets && cpu.maxSockets === undefined) {
    const each = vcpus({ sockets: 1, cores: cpu.cores ?? 1, threads: cpu.threads ?? 1 });
    const most = Math.min(cpu.sockets * bootLimits.ratio, Math.floor(bootLimits.vcpus / each));
    if (most > cpu.sockets) cpu.maxSockets = most;
  }
  const guest = bytesOf(memory?.guest);
  if (lacks.liveMemory || !memory || guest === undefined || memory.maxGuest !== undefined || memory.hugepages) return;
  if (
    guest < bootLimits.leastMemory ||
    guest % bootLimits.memoryStep !== 0 ||
    (spec.architecture ?? 'amd64') !== 'amd64'
  )
    return;
  const most = Math.min(guest * bootLimits.ratio, config.memory - (config.memory % bootLimits.memoryStep));
  if (most > guest) memory.maxGuest = quantityOf(most);
}

/**
 * The firmware of Secure Boot takes a new CPU into its system management mode before the guest gets it. Under software emulation
 * that never ends and the guest stands still for good (seen with QEMU 7.2 and OVMF 2022.11): such a machine gets its CPUs at a start.
 */
function hasSecureBoot({ domain }: VmiSpec): boolean {
  const efi = domain.firmware?.bootloader?.efi;
  return efi !== undefined && efi.secureBoot !== false;
}
