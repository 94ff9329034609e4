import { existsSync } from 'node:fs';

const families: readonly { tool: string; command: string; names: Record<string, string> }[] = [
  { tool: '/usr/bin/apt-get', command: 'sudo apt-get install', names: {} },
  { tool: '/usr/bin/dnf', command: 'sudo dnf install', names: { 'qemu-system-x86': 'qemu-kvm', 'qemu-utils': 'qemu-img', ovmf: 'edk2-ovmf' } },
  { tool: '/usr/bin/pacman', command: 'sudo pacman -S', names: { 'qemu-system-x86': 'qemu-base', 'qemu-utils': 'qemu-img', ovmf: 'edk2-ovmf', 'swtpm-tools': 'swtpm' } },
  { tool: '/usr/bin/zypper', command: 'sudo zypper install', names: { 'qemu-system-x86': 'qemu-x86', 'qemu-utils': 'qemu-tools', ovmf: 'qemu-ovmf-x86_64', 'swtpm-tools': 'swtpm' } },
  { tool: '/opt/homebrew/bin/brew', command: 'brew install', names: { 'qemu-system-x86': 'qemu', 'qemu-utils': 'qemu', ovmf: 'qemu', 'swtpm-tools': 'swtpm' } },
]; // prettier-ignore

/** The command that installs these Debian package names on this system; empty where its package tool is unknown. */
export function hostPackages(packages: readonly string[], exists: (path: string) => boolean = existsSync): string[] {
  const family = families.find(({ tool }) => exists(tool));
  if (!family) return [];
  // Several names of Debian may be one package elsewhere.
  return [`${family.command} ${[...new Set(packages.map((name) => family.names[name] ?? name))].join(' ')}`];
}

/** Bytes as GiB with one decimal. */
export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
