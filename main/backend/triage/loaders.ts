import type { DiskInside } from '../../contract/inside.ts';
import { knownSystems } from '../images/systems/guess.ts';
import type { Fat } from './fat.ts';
import type { Ntfs } from './ntfs.ts';

/** What loaders and files tell of the system. */
export interface Seen {
  family: DiskInside['family'];
  system?: DiskInside['system'];
  evidence: string;
}

/** Folders of the EFI system partition and the systems whose installers make them, by the ids of `images.systems`. */
const folders: readonly (readonly [folder: string, id: string])[] = [
  ['debian', 'debian'], ['ubuntu', 'ubuntu'], ['kali', 'kali'], ['proxmox', 'proxmox'], ['fedora', 'fedora'], ['rocky', 'rocky'],
  ['almalinux', 'almalinux'], ['centos', 'centos-stream'], ['redhat', 'rhel'], ['oracle', 'oraclelinux'], ['opensuse', 'opensuse-leap'],
  ['sles', 'sles'], ['sled', 'sles'], ['arch', 'archlinux'], ['manjaro', 'manjaro'], ['nixos', 'nixos'], ['alpine', 'alpine'],
  ['gentoo', 'gentoo'], ['void_grub', 'void'], ['mageia', 'mageia'], ['pop_os', 'popos'], ['linuxmint', 'linuxmint'],
]; // prettier-ignore
const systemOf = (id: string): DiskInside['system'] => {
  const found = knownSystems().find((each) => each.id === id);
  return found && { id, name: found.name, preference: found.preference };
};
const program = /\.efi$/i;

/** What an EFI system partition starts. `loads`: there is a program that firmware finds. Throws Unreadable. */
export async function seenOnEsp(esp: Fat): Promise<{ loads: boolean; seen?: Seen }> {
  const entries = (await esp.list('EFI'))?.filter(({ folder }) => folder) ?? [];
  const names = entries.map(({ name }) => name);
  const has = async (...path: string[]): Promise<boolean> =>
    (await esp.list(...path))?.some(({ name, folder }) => !folder && program.test(name)) ?? false;
  if (await has('EFI', 'Microsoft', 'Boot')) {
    const book = await esp.file(256 * 1024, 'EFI', 'Microsoft', 'Boot', 'BCD');
    return { loads: true, seen: windowsOf(book, 'EFI/Microsoft/Boot') };
  }
  let loads = false;
  for (const name of names.slice(0, 32)) if (await has('EFI', name)) loads = true;
  for (const [folder, id] of folders) {
    const name = names.find((each) => each.toLowerCase().startsWith(folder));
    const system = systemOf(id);
    if (name !== undefined && system) return { loads, seen: { family: 'linux', system, evidence: `EFI/${folder}` } };
  }
  // systemd-boot keeps its entries there, of kernels of Linux.
  if ((await esp.list('loader', 'entries')) !== undefined)
    return { loads, seen: { family: 'linux', evidence: 'loader/entries' } };
  return { loads };
}

const editions: readonly (readonly [said: string, id: string])[] = [
  ['Windows 11', 'windows-11'],
  ['Windows 10', 'windows-10'],
  ['Windows Server', 'windows-server'],
  ['Windows 7', 'windows-7'],
];
/** Windows by what its boot menu (BCD, a registry hive with UTF-16 texts) calls it. Pure. */
export function windowsOf(book: Buffer | undefined, where: string): Seen {
  for (const [said, id] of editions)
    if (book?.includes(Buffer.from(said, 'utf16le')) === true) {
      const system = systemOf(id);
      return { family: 'windows', ...(system && { system }), evidence: `${where}: ${said}` };
    }
  return { family: 'windows', evidence: where };
}

/** What the root of an NTFS tells: a loader of BIOS machines, Windows itself, its sleep. Throws Unreadable. */
export async function seenOnNtfs(ntfs: Ntfs): Promise<{ loads: boolean; seen?: Seen; hibernated: boolean; driver: boolean }> {
  const found = async (...path: string[]): Promise<boolean> => (await ntfs.find(...path)) !== undefined;
  const modern = await found('bootmgr');
  const loads = modern || (await found('ntldr'));
  const book = await ntfs.find('Boot', 'BCD');
  const system = await found('Windows', 'System32', 'ntoskrnl.exe');
  const sleep = await ntfs.find('hiberfil.sys');
  const mark = sleep === undefined ? '' : (await ntfs.content(sleep, 4)).toString('latin1');
  const menu = book === undefined ? undefined : windowsOf(await ntfs.content(book, 256 * 1024), 'Boot/BCD');
  return {
    loads,
    ...(menu ? { seen: menu } : system || loads ? { seen: { family: 'windows', evidence: modern ? 'bootmgr' : system ? 'Windows/System32' : 'ntldr' } as Seen } : {}),
    hibernated: mark.toLowerCase() === 'hibr',
    driver: (await found('Windows', 'System32', 'drivers', 'viostor.sys')) || (await found('Windows', 'System32', 'drivers', 'vioscsi.sys')),
  };
} // prettier-ignore
