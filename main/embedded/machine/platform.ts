import type { EngineConfig } from '../kube/context.ts';

/** What QEMU runs on, as far as it decides what a machine can have. */
export interface HostSystem {
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
  accelerator: EngineConfig['accelerator'];
}
/** Why something is not to be had on this system, and what helps. */
export interface Lacking {
  reason: string;
  remedy: string;
}
/** Ids of the capability matrix, as far as a system can lack them. */
export type SystemLacks = Partial<
  Record<
    | 'powerMachines' | 'console' | 'vnc' | 'screenshots' | 'portForward' | 'memorySnapshots' | 'liveCpu' | 'liveMemory'
    | 'liveNetworks' | 'networks' | 'otherNetworks' | 'networkFaults' | 'secureBoot' | 'vtpm',
    Lacking
  >
>; // prettier-ignore

export const systemOf = (config: Pick<EngineConfig, 'accelerator' | 'platform' | 'arch'>): HostSystem => ({
  platform: config.platform ?? process.platform,
  arch: config.arch ?? process.arch,
  accelerator: config.accelerator,
});

const names: Record<EngineConfig['accelerator'], string> = {
  kvm: 'KVM',
  hvf: 'Apple’s Hypervisor.framework',
  whpx: 'the Windows Hypervisor Platform',
  tcg: 'software mode',
};
const atStart = 'Give it its size before it starts, or run it on Linux or on a box.';
/** libuv opens named pipes where QEMU on Windows opens Unix sockets; a port of the loopback would be open to every user. */
const noSockets: Lacking = {
  reason:
    'The Quick lab runs no machines on Windows: QEMU offers its controls and screens there on sockets that the program behind Hearth cannot open.',
  remedy:
    'Run Hearth in WSL 2 (the package for Debian and Ubuntu), or use a box, an appliance or any cluster: all of these work from Windows.',
};
const noSwitch: Lacking = {
  reason: 'On Windows machines hang on QEMU’s own network: the switch between machines needs Unix sockets.',
  remedy: 'Run Hearth on Linux or macOS, or the machines on a box.',
};

/**
 * What machines cannot have on a system, by the same ids that pages ask: the command line leaves it out (argv/plan.ts) and
 * the target announces it (seed/announced.ts). Linux on x86-64 with KVM or in software mode lacks nothing. Pure.
 *
 * Sources (QEMU): virtio-mem is built for Linux only (hw/virtio/Kconfig); SMM exists under KVM and TCG only
 * (x86_machine_is_smm_enabled); WHPX refuses to migrate, so to save a running guest (whpx-all.c); `virt` adds no CPUs while
 * it runs; that of HVF and WHPX was never tried.
 */
export function lacksOf({ platform, arch, accelerator }: HostSystem): SystemLacks {
  const lacks: SystemLacks = {};
  const arm = arch === 'arm64';
  if (platform === 'win32') {
    for (const id of ['powerMachines', 'console', 'vnc', 'screenshots', 'portForward'] as const) lacks[id] = noSockets;
    for (const id of ['networks', 'otherNetworks', 'liveNetworks', 'networkFaults'] as const) lacks[id] = noSwitch;
    lacks.vtpm = {
      reason: 'The TPM emulator swtpm does not exist for Windows.',
      remedy: 'Leave the TPM out, or run the machine on Linux or on a box.',
    };
  }
  if (arm) lacks.liveCpu = { reason: 'A machine with an ARM processor takes no CPUs while it runs.', remedy: atStart };
  else if (accelerator === 'hvf' || accelerator === 'whpx')
    lacks.liveCpu = { reason: `CPUs are not added to running machines under ${names[accelerator]}.`, remedy: atStart };
  if (platform !== 'linux')
    lacks.liveMemory = { reason: 'QEMU adds memory to running machines on Linux only (virtio-mem).', remedy: atStart };
  else if (arm)
    lacks.liveMemory = {
      reason: 'As on KubeVirt, memory is added to running machines with Intel or AMD processors only.',
      remedy: atStart,
    };
  if (arm)
    lacks.secureBoot = {
      reason: 'Secure Boot needs a machine with an Intel or AMD processor.',
      remedy: 'Choose UEFI without Secure Boot.',
    };
  else if (accelerator === 'hvf' || accelerator === 'whpx')
    lacks.secureBoot = {
      reason: `Secure Boot needs the processor’s system management mode, which QEMU does not have under ${names[accelerator]}.`,
      remedy: 'Choose UEFI without Secure Boot, or software mode in the settings.',
    };
  if (accelerator === 'whpx')
    lacks.memorySnapshots = {
      reason: 'The memory of a machine cannot be saved under the Windows Hypervisor Platform.',
      remedy: 'Shut the machine down before, or choose software mode in the settings.',
    };
  return lacks;
}
