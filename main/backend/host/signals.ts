import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';

/** The host's files as the checks see them: the real ones, or a fixture of another machine's. */
export interface HostFiles {
  read(path: string): string | undefined;
  exists(path: string): boolean;
  list(path: string): string[];
  /** Whether we may open it for reading and writing. */
  writable(path: string): boolean;
}

/** The files of this computer. Unreadable and absent are the same to a check: no evidence. */
export const realFiles: HostFiles = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  exists: existsSync,
  list(path) {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
  writable(path) {
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
};

/** What is read (never run) about hardware virtualization. Sources: reference list of signal files, kernel documentation. */
export interface Signals {
  platform: string;
  arch: string;
  vendor: 'intel' | 'amd' | 'other';
  cpuModel: string;
  flag: 'vmx' | 'svm' | 'none';
  hypervisor: boolean;
  /** Vendor and product from DMI, to name the hypervisor above us. */
  machine: string;
  device: 'absent' | 'denied' | 'ok';
  modules: string[];
  blacklistedIn: string[];
  modulesForKernel: boolean;
  kernel: string;
  wsl: boolean;
  container: string | undefined;
  lockdown: string | undefined;
  sevGuest: boolean;
  /** The kernel said that the firmware switched it off. */
  disabledByFirmware: boolean;
  /** Raw CPUID as root can read it; undefined where we cannot. */
  cpuidSupports: boolean | undefined;
  /** In the group file, but not in this session. */
  groupPending: boolean;
}

const disabledByBios = /(VMX \(outside TXT\)|SVM|kvm:?)\s*disabled( \(?by BIOS\)?)?|disabled by bios/i;

/** Reads the signals. `kernelLog` is best effort: many systems keep it from ordinary users. */
export function readSignals(
  files: HostFiles,
  host: { platform: string; arch: string; kernel: string; user: string; groups: readonly number[] },
  kernelLog: string,
): Signals {
  const cpuinfo = files.read('/proc/cpuinfo') ?? '';
  const flags = new Set((/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '').trim().split(/\s+/));
  const vendorId = /^vendor_id\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.trim() ?? '';
  const version = files.read('/proc/version') ?? '';
  const dmi = (field: string): string => (files.read(`/sys/class/dmi/id/${field}`) ?? '').trim();
  const modules = ['kvm', 'kvm_intel', 'kvm_amd', 'kvm_pvm'].filter((name) => files.exists(`/sys/module/${name}`));
  const kvmGroup = /^kvm:[^:]*:(\d+):(.*)$/m.exec(files.read('/etc/group') ?? '');
  const member = kvmGroup?.[2]?.split(',').includes(host.user) ?? false;
  return {
    platform: host.platform,
    arch: host.arch,
    vendor: vendorId === 'GenuineIntel' ? 'intel' : vendorId === 'AuthenticAMD' ? 'amd' : 'other',
    cpuModel: /^model name\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.trim() ?? '',
    flag: flags.has('vmx') ? 'vmx' : flags.has('svm') ? 'svm' : 'none',
    hypervisor: flags.has('hypervisor'),
    machine: [dmi('sys_vendor'), dmi('product_name')].filter(Boolean).join(' '),
    device: !files.exists('/dev/kvm') ? 'absent' : files.writable('/dev/kvm') ? 'ok' : 'denied',
    modules,
    blacklistedIn: blacklists(files),
    modulesForKernel: files.exists(`/lib/modules/${host.kernel}`),
    kernel: host.kernel,
    wsl: /microsoft/i.test(version),
    container: containerOf(files),
    lockdown: /\[(integrity|confidentiality)\]/.exec(files.read('/sys/kernel/security/lockdown') ?? '')?.[1],
    sevGuest: files.exists('/dev/sev-guest') || /unsupported when running as an SEV guest/i.test(kernelLog),
    disabledByFirmware: disabledByBios.test(kernelLog),
    cpuidSupports: undefined,
    groupPending: member && kvmGroup !== null && !host.groups.includes(Number(kvmGroup[1])),
  };
}

function blacklists(files: HostFiles): string[] {
  const pattern = /^\s*(blacklist|install)\s+kvm(_intel|_amd)?\b/m;
  const inFiles = files
    .list('/etc/modprobe.d')
    .map((name) => `/etc/modprobe.d/${name}`)
    .filter((path) => pattern.test(files.read(path) ?? ''));
  return /module_blacklist=\S*kvm/.test(files.read('/proc/cmdline') ?? '') ? [...inFiles, '/proc/cmdline'] : inFiles;
}

/** Which kind of container we are in, by the marks each leaves. */
export function containerOf(files: HostFiles): string | undefined {
  if (files.exists('/run/.toolboxenv')) return 'toolbox';
  if (files.exists('/.flatpak-info')) return 'flatpak';
  if (files.exists('/run/.containerenv')) return 'podman';
  if (files.exists('/.dockerenv')) return 'docker';
  return /container=(\S+)/.exec((files.read('/proc/1/environ') ?? '').replaceAll('\0', '\n'))?.[1];
}

/** The kernel's log as far as this user may read it; empty otherwise. */
export async function readKernelLog(): Promise<string> {
  const { execa } = await import('execa'); // a start reads files only
  const result = await execa('dmesg', [], { reject: false, timeout: 2000, stdin: 'ignore' });
  return result.exitCode === 0 ? result.stdout : '';
}
