/** UEFI firmware for guests: code and an empty variable store. Secure: with the vendor's keys enrolled. */
export interface FirmwareFiles {
  ovmfCode?: string;
  ovmfVars?: string;
  ovmfCodeSecure?: string;
  ovmfVarsSecure?: string;
}

type Pair = readonly [code: string, vars: string];
const plain: readonly Pair[] = [
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
  ['/usr/share/qemu/ovmf-x86_64-code.bin', '/usr/share/qemu/ovmf-x86_64-vars.bin'],
];
const secure: readonly Pair[] = [
  ['/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', '/usr/share/OVMF/OVMF_VARS_4M.ms.fd'],
  ['/usr/share/OVMF/OVMF_CODE.secboot.fd', '/usr/share/OVMF/OVMF_VARS.secboot.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', '/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd'],
  ['/usr/share/qemu/ovmf-x86_64-ms-code.bin', '/usr/share/qemu/ovmf-x86_64-ms-vars.bin'],
];

/** The first complete pair of each kind that is installed. Paths: Debian/Ubuntu, Fedora, Arch, openSUSE packages. */
export function firmwareFiles(exists: (path: string) => boolean): FirmwareFiles {
  const there = ([code, vars]: Pair): boolean => exists(code) && exists(vars);
  const ordinary = plain.find(there);
  const enrolled = secure.find(there);
  return {
    ...(ordinary ? { ovmfCode: ordinary[0], ovmfVars: ordinary[1] } : {}),
    ...(enrolled ? { ovmfCodeSecure: enrolled[0], ovmfVarsSecure: enrolled[1] } : {}),
  };
}
