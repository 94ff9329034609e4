import { execa } from 'execa';
import type { HostFiles } from './signals.ts';
import { containerOf } from './signals.ts';

const byVendor: readonly [RegExp, string][] = [
  [/virtualbox|innotek/i, 'VirtualBox'],
  [/vmware/i, 'VMware'],
  [/microsoft corporation.*virtual/i, 'Hyper-V'],
  [/qemu|red hat|bochs/i, 'QEMU/KVM'],
  [/amazon ec2/i, 'Amazon EC2'],
  [/google compute/i, 'Google Compute Engine'],
  [/xen/i, 'Xen'],
  [/parallels/i, 'Parallels'],
];

/** What this computer itself runs in, if anything. */
export async function hypervisorName(files: HostFiles): Promise<{ present: boolean; name: string }> {
  const dmi = ['sys_vendor', 'product_name']
    .map((field) => (files.read(`/sys/class/dmi/id/${field}`) ?? '').trim())
    .join(' ');
  const known = byVendor.find(([pattern]) => pattern.test(dmi))?.[1];
  if (known) return { present: true, name: known };
  const detected = await execa('systemd-detect-virt', ['--vm'], { reject: false, timeout: 2000, stdin: 'ignore' });
  const word = detected.stdout?.trim();
  if (word && word !== 'none') return { present: true, name: word.toUpperCase() };
  const flagged = /^flags\s*:.*\bhypervisor\b/m.test(files.read('/proc/cpuinfo') ?? '');
  return flagged ? { present: true, name: 'an unnamed hypervisor' } : { present: false, name: 'none' };
}

/** docker, podman, toolbox, flatpak ...; undefined on an ordinary system. */
export const containerName = (files: HostFiles): string | undefined => containerOf(files);
