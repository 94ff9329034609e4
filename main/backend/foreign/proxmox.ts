import type { ForeignMachine } from '../../contract/foreign.ts';
import { guessOs } from './os.ts';
import { count, Left, plain } from './parts.ts';
import { notDescribed } from './problems.ts';
import { proxmoxCards, proxmoxDrives } from './proxmox-devices.ts';
import { options, readConfig } from './proxmox-file.ts';
import type { Config } from './proxmox-file.ts';

const mebi = 2 ** 20;
const marks =
  /^(memory|cores|sockets|scsihw|ostype|bootdisk|boot|smbios1|vmgenid|net\d+|scsi\d+|virtio\d+|sata\d+|ide\d+|efidisk0)$/;

export const looksLikeProxmox = (text: string): boolean => {
  const { values } = readConfig(text);
  const keys = [...values.keys()];
  return keys.filter((key) => marks.test(key)).length >= 2 || isContainer(values);
};
const isContainer = (values: Config['values']): boolean => values.has('rootfs') && (values.has('arch') || values.has('hostname')); // prettier-ignore

/** A machine of Proxmox VE: `qm config N`, or /etc/pve/qemu-server/N.conf. Throws ProblemError. Pure. */
export function readProxmox(text: string, fileName: string): ForeignMachine {
  const { values, comment, sections } = readConfig(text);
  if (isContainer(values))
    throw notDescribed(fileName, 'it is a container (LXC), not a virtual machine.', 'Install its system in a machine, or run it as a container.'); // prettier-ignore
  if (!looksLikeProxmox(text)) throw notDescribed(fileName, 'it has no settings of a Proxmox machine.');
  const left = new Left();
  const os = guessOs(values.get('ostype'));
  const machine = values.get('machine') ?? '';
  const uefi = values.get('bios') === 'ovmf';
  const keys = options(values.get('efidisk0') ?? '').get('pre-enrolled-keys') === '1';
  leftovers(values, sections, left, uefi);
  const { disks, cds } = proxmoxDrives(values, left);
  const id = /^(\d{3,9})\.conf$/.exec(fileName)?.[1];
  const description = plain(comment, 1000);
  return {
    kind: 'proxmox',
    name: plain(values.get('name'), 200) || (id === undefined ? fileName.replace(/\.\w+$/, '') : `vm-${id}`),
    ...(description && { description }),
    arch: values.get('arch') ?? 'x86_64',
    cpus: processors(values, left),
    memory: memoryOf(values.get('memory')) * mebi,
    chipset: /q35/.test(machine) ? 'q35' : 'i440fx',
    firmware: uefi ? 'uefi' : 'bios',
    // Proxmox enrols the keys when the variables are made; without them nothing is checked.
    secureBoot: uefi && keys,
    tpm: values.has('tpmstate0'),
    sound: soundOf(values.get('audio0')),
    disks,
    cds,
    nics: proxmoxCards(values, os, left),
    os,
    left: left.list,
  };
}

/** MiB: a number, or (since version 8.1) `current=NUMBER`; 512 where nothing is said. */
const memoryOf = (text = '512'): number => count(options(text).get('current') ?? options(text).get(''), 2 ** 24) ?? 512;

function processors(values: Config['values'], left: Left): ForeignMachine['cpus'] {
  const sockets = count(values.get('sockets')) ?? 1;
  const cores = count(values.get('cores')) ?? 1;
  const now = count(values.get('vcpus'));
  if (now !== undefined && now < sockets * cores)
    left.add('vCPUs to be plugged in later', `${now} of ${sockets * cores} were in use; here all are from the start.`);
  return { sockets, cores, threads: 1 };
}

function soundOf(text: string | undefined): ForeignMachine['sound'] {
  const device = options(text ?? '').get('device');
  if (device === undefined) return 'none';
  return device === 'AC97' ? 'ac97' : 'ich9';
}

const staying: readonly (readonly [key: RegExp, what: string, why: string])[] = [
  [/^hostpci\d+$/, 'PCI devices passed through', 'They belong to the other computer. Those of this one are given on the page of the machine.'],
  [/^usb\d+$/, 'USB devices passed through', 'They belong to the other computer. Those of this one are given on the page of the machine.'],
  [/^virtiofs\d+$/, 'Shared folders', 'They lead to folders of the other computer; share over the network instead.'],
  [/^ivshmem$/, 'Shared memory', 'KubeVirt has none between machines.'],
  [/^parallel\d+$/, 'Parallel ports', 'KubeVirt has none.'],
  [/^serial[1-9]$/, 'Further serial ports', 'Each machine here has one, shown as its serial console.'],
  [/^args$/, 'Own arguments for QEMU', 'They name things of the other computer and of its QEMU.'],
  [/^hookscript$/, 'Hook script', 'It is a program of the other computer.'],
  [/^hugepages$/, 'Huge pages', 'They are set aside on the computer that runs it.'],
  [/^(affinity|cpulimit|cpuunits|shares)$/, 'Limits and shares of CPU', 'They are settings of the other computer.'],
  [/^numa\d+$/, 'NUMA placement', 'It names memory of the other computer.'],
  [/^watchdog$/, 'Watchdog', 'Nobody restarts the machine when it hangs; add one in its YAML.'],
  [/^amd-sev|^intel-tdx/, 'Encrypted memory (SEV, TDX)', 'It follows what the computer under it can do.'],
  [/^vmstate$/, 'The suspended state', 'What was in memory is not taken over: the machine starts as after a power cut. Better shut it down there first.'],
  [/^unused\d+$/, 'Unused disks', 'They were plugged in nowhere; import them by themselves where they are wanted.'],
  [/^(ci(user|password|custom|type|upgrade)|sshkeys|ipconfig\d+|nameserver|searchdomain)$/, 'cloud-init settings', 'The guest keeps what they set up. Give them anew in the form where it is to be set up again.'],
]; // prettier-ignore

function leftovers(values: Config['values'], sections: readonly string[], left: Left, uefi: boolean): void {
  for (const [pattern, what, why] of staying) if ([...values.keys()].some((key) => pattern.test(key))) left.add(what, why); // prettier-ignore
  if (uefi && values.has('efidisk0'))
    left.add('UEFI variables (efidisk0)', 'They stay behind. The machine starts from EFI/BOOT; a system that registered itself elsewhere is chosen once in the firmware.'); // prettier-ignore
  if (values.has('tpmstate0'))
    left.add('What is in the TPM', 'It lies in a disk of its own there. The machine gets a new, empty TPM: have the BitLocker recovery key at hand, or switch BitLocker off before.'); // prettier-ignore
  const snapshots = sections.filter((name) => !/^(pending|special:)/i.test(name));
  if (snapshots.length > 0)
    left.add(`Snapshots (${snapshots.slice(0, 8).map((name) => plain(name, 40)).join(', ')})`, 'Only the machine as it is now can be taken over.'); // prettier-ignore
  if (sections.some((name) => /^pending$/i.test(name)))
    left.add('Pending changes', 'They were to come with the next start; here the machine is as it ran.');
  const balloon = count(values.get('balloon'), 2 ** 24);
  if (balloon !== undefined && balloon < memoryOf(values.get('memory')))
    left.add(
      'Ballooned memory',
      'The machine gave memory back when the other computer needed it; here it has all of it.',
    );
}
