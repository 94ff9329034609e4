import { accessSync, constants } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { delimiter, join } from 'node:path';
import type { EngineConfig } from '../kube/context.ts';
import type { EngineArguments } from './arguments.ts';

const firstFile = (candidates: readonly string[]): string | undefined =>
  candidates.find((file) => {
    try {
      accessSync(file, constants.R_OK);
      return true;
    } catch {
      // Not there, or not for us: the next one.
      return false;
    }
  });

/** Full path of a program on PATH (or in the usual places that PATH leaves out); its bare name where it is not found. */
const program = (name: string): string => {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/local/bin',
    '/opt/homebrew/bin',
    'C:\\Program Files\\qemu',
  ];
  return firstFile(folders.filter(Boolean).map((folder) => join(folder, `${name}${suffix}`))) ?? name;
};

/** UEFI firmware where the distributions put it: Debian and Ubuntu, Fedora, Arch, openSUSE, Homebrew. */
const firmware = (arm: boolean): EngineConfig['firmware'] => {
  const pick = (...files: string[]) => firstFile(files);
  const found = arm
    ? {
        ovmfCode: pick('/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw', '/opt/homebrew/share/qemu/edk2-aarch64-code.fd'),
        ovmfVars: pick('/usr/share/AAVMF/AAVMF_VARS.fd', '/usr/share/edk2/aarch64/vars-template-pflash.raw', '/opt/homebrew/share/qemu/edk2-arm-vars.fd'),
      }
    : {
        ovmfCode: pick('/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/qemu/ovmf-x86_64-code.bin', '/opt/homebrew/share/qemu/edk2-x86_64-code.fd'),
        ovmfVars: pick('/usr/share/OVMF/OVMF_VARS_4M.fd', '/usr/share/OVMF/OVMF_VARS.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd', '/usr/share/qemu/ovmf-x86_64-vars.bin', '/opt/homebrew/share/qemu/edk2-i386-vars.fd'),
        ovmfCodeSecure: pick('/usr/share/OVMF/OVMF_CODE_4M.ms.fd', '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', '/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', '/usr/share/edk2/x64/OVMF_CODE.secboot.4m.fd'),
        ovmfVarsSecure: pick('/usr/share/OVMF/OVMF_VARS_4M.ms.fd', '/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd'),
      }; // prettier-ignore
  return Object.fromEntries(Object.entries(found).filter(([, file]) => file !== undefined));
};

/** A node's name must be a DNS name. */
const nodeName = (): string =>
  hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '')
    .slice(0, 63) || 'hearth';

export const engineConfig = ({ accelerator, memory, processors, keptDisk }: EngineArguments): EngineConfig => {
  const arm = process.arch === 'arm64';
  return {
    accelerator,
    qemuBinary: program(arm ? 'qemu-system-aarch64' : 'qemu-system-x86_64'),
    qemuImg: program('qemu-img'),
    firmware: firmware(arm),
    nodeName: nodeName(),
    cpus: availableParallelism(),
    memory,
    ...(processors !== undefined && { processors }),
    ...(keptDisk !== undefined && { keptDisk }),
  };
};
