import type { ForeignMachine } from '../../contract/foreign.ts';
import { badDescription, notDescribed } from './problems.ts';
import { guessOs } from './os.ts';
import { count, Left, plain } from './parts.ts';
import { vmxCards, vmxDrives } from './vmx-devices.ts';
import { Vmx } from './vmx-file.ts';

const mebi = 2 ** 20;
/** Settings that only a machine of VMware has. */
const marks = ['config.version', 'virtualhw.version', 'guestos', 'memsize', 'displayname', 'numvcpus'];
export const looksLikeVmx = (text: string): boolean => {
  const vmx = new Vmx(text);
  return marks.filter((key) => vmx.text(key) !== undefined).length >= 2;
};

/** A machine of VMware Workstation, Fusion, Player or ESXi. Throws ProblemError for what is none. Pure. */
export function readVmx(text: string, fileName: string): ForeignMachine {
  const vmx = new Vmx(text);
  const encrypted = vmx.text('encryption.keySafe') ?? vmx.text('encryption.data');
  if (encrypted !== undefined && vmx.text('memsize') === undefined && vmx.text('numvcpus') === undefined)
    throw badDescription('The machine is encrypted: its settings cannot be read without its password.', 'Remove the encryption in VMware (VM settings, Options, Access Control), then try again.'); // prettier-ignore
  if (vmx.size === 0 || !looksLikeVmx(text)) throw notDescribed(fileName, 'it has no settings of a VMware machine.');
  const left = new Left();
  const os = guessOs(vmx.text('guestOS'));
  const memory = count(vmx.text('memsize'), 64 * 2 ** 20);
  if (memory === undefined) left.add('Memory', 'The description does not say how much (memsize): 1 GiB stands in.');
  const tpm = vmx.is('vtpm.present') || vmx.text('managedvm.autoAddVTPM') !== undefined;
  const efi = vmx.text('firmware')?.toLowerCase() === 'efi';
  leftovers(vmx, left, { tpm, efi });
  const { disks, cds } = vmxDrives(vmx, left);
  return {
    kind: 'vmware',
    name: plain(vmx.text('displayName'), 200) || fileName.replace(/\.vmx$/i, ''),
    ...(vmx.text('annotation') && { description: plain(vmx.text('annotation'), 1000) }),
    // VMware's names of 32-bit systems end without -64; those run on the same processor.
    arch: /arm/i.test(vmx.text('guestOS') ?? '') ? 'aarch64' : 'x86_64',
    cpus: processors(vmx),
    memory: (memory ?? 1024) * mebi,
    firmware: efi ? 'uefi' : 'bios',
    secureBoot: efi && vmx.is('uefi.secureBoot.enabled'),
    tpm,
    // Nothing here plays what VMware's HD audio or SB16 did with the same driver but ICH9, which is HD audio, too.
    sound: vmx.is('sound.present') && vmx.text('sound.virtualDev') === 'hdaudio' ? 'ich9' : 'none',
    disks,
    cds,
    nics: vmxCards(vmx, os, left),
    os,
    left: left.list,
  };
}

/** `numvcpus` is all of them; `coresPerSocket` 0 leaves it to VMware, which then shows one socket. */
function processors(vmx: Vmx): ForeignMachine['cpus'] {
  const cpus = count(vmx.text('numvcpus')) ?? 1;
  const asked = vmx.text('cpuid.coresPerSocket');
  const cores = asked === '0' ? cpus : (count(asked) ?? 1);
  return cpus % cores === 0 ? { sockets: cpus / cores, cores, threads: 1 } : { sockets: cpus, cores: 1, threads: 1 };
}

function leftovers(vmx: Vmx, left: Left, { tpm, efi }: { tpm: boolean; efi: boolean }): void {
  const each = (pattern: RegExp, what: string, why: string): void => {
    if (vmx.present(pattern).length > 0) left.add(what, why);
  };
  if (efi && vmx.text('nvram') !== undefined)
    left.add(`UEFI variables (${vmx.text('nvram')})`, 'VMware keeps them in a form of its own. The machine starts from EFI/BOOT; a system that registered itself elsewhere is chosen once in the firmware.'); // prettier-ignore
  if (tpm) left.add('What is in the TPM', 'VMware keeps it encrypted. The machine gets a new, empty TPM: have the BitLocker recovery key at hand, or switch BitLocker off before.'); // prettier-ignore
  each(/^pcipassthru\d+$/, 'PCI devices passed through', 'They belong to the other computer. Those of this one are given on the page of the machine.'); // prettier-ignore
  each(/^sharedfolder\d+$/, 'Shared folders', 'VMware Tools made them; share over the network instead.');
  each(/^serial\d+$/, 'Serial ports', 'Each machine here has one, shown as its serial console.');
  each(/^parallel\d+$/, 'Parallel ports', 'KubeVirt has none.');
  each(/^floppy\d+$/, 'Floppy drives', 'KubeVirt has none.');
  each(/^usb:\d+$/, 'USB devices', 'They belong to the other computer.');
  if (vmx.text('checkpoint.vmState') !== undefined)
    left.add('The suspended state', 'What was in memory is not taken over: the machine starts as after a power cut. Better shut it down there first.'); // prettier-ignore
  if ((count(vmx.text('snapshot.numSnapshots')) ?? 0) > 0)
    left.add('Snapshots', 'Only the disks as they are now can be taken over.');
  if (vmx.is('vhv.enable'))
    left.add('Virtualization inside the machine', 'It follows what the computer under it can do.');
  if (vmx.present(/^sound$/).length > 0 && vmx.text('sound.virtualDev') !== 'hdaudio')
    left.add(`Sound (${vmx.text('sound.virtualDev') ?? 'Ensoniq'})`, 'This card is not to be had; choose another in the form.'); // prettier-ignore
  if ((count(vmx.text('sched.cpu.min')) ?? 0) > 0 || (count(vmx.text('sched.mem.min'), 2 ** 30) ?? 0) > 0)
    left.add('Reservations of CPU and memory', 'They are settings of the other computer.');
  if (vmx.text('encryption.keySafe') !== undefined)
    left.add('Encryption', 'Parts of the machine are encrypted there; a disk that is cannot be read here.');
}
