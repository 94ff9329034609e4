import { execa } from 'execa';
import { readFileSync } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, open, readFile, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fat16 } from '../../../main/backend/images/starter/fat.ts';
import { missingForGuest } from '../appliance/image/build.ts';
import { cacheFolder, digestOf } from '../appliance/image/recipe.ts';
import { asRoot, removeTree, rootfs } from '../appliance/image/rootfs.ts';

const mebi = 2 ** 20;
const espSize = 64 * mebi;

/** What the image is made of. Whatever changes here makes another image. */
const recipe = {
  suite: 'bookworm',
  mirror: 'http://deb.debian.org/debian',
  // As in Debian's own cloud image (genericcloud). Its kernel has no driver for SATA.
  packages: [
    'systemd', 'systemd-sysv', 'systemd-resolved', 'dbus', 'udev', 'kmod', 'procps', 'sudo', 'iproute2', 'netplan.io',
    'cloud-init', 'cloud-guest-utils', 'qemu-guest-agent', 'openssh-server', 'e2fsprogs', 'fdisk', 'ca-certificates',
    'initramfs-tools', 'locales', 'linux-image-cloud-amd64', 'shim-signed', 'grub-efi-amd64-signed',
  ],
  left: [
    '/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*',
  ],
  /** Bytes of the whole disk: small, so that growing it is seen. */
  diskSize: 1536 * mebi,
} as const; // prettier-ignore

const script = (name: string): string => join(import.meta.dirname, name);

/** Why the image cannot be made or used here, in words for the skipped test; undefined when it can. */
export const noDebianReason: string | undefined = await missingForGuest();

/**
 * A disk with Debian 12 as its own cloud images are (systemd, cloud-init, guest agent, sshd, netplan), bootable by UEFI
 * with Secure Boot: shim signed by Microsoft, GRUB and kernel signed by Debian. Made with mmdebstrap on the first call
 * (two minutes), taken from the cache afterwards. Throws when a program fails.
 */
export async function debianImage(): Promise<string> {
  const digest = digestOf([JSON.stringify(recipe), ...['before.sh', 'setup.sh'].map((name) => readFileSync(script(name), 'utf8'))]); // prettier-ignore
  const made = join(cacheFolder(), `debian-${digest}.qcow2`);
  if (await access(made).then(() => true, () => false)) return made; // prettier-ignore
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'build-'));
  try {
    console.error('making a Debian cloud image from its packages (once; two minutes)');
    const root = join(work, 'root');
    await rootfs(root, {
      ...recipe,
      hooks: [`--essential-hook=${script('before.sh')}`, `--customize-hook=${script('setup.sh')}`],
    });
    const raw = join(work, 'disk.raw');
    await writeDisk(root, raw);
    const disk = join(work, 'disk.qcow2');
    await execa('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', '-o', 'compression_type=zstd', raw, disk], { timeout: 300_000 }); // prettier-ignore
    await chmod(disk, 0o444);
    await rename(disk, made);
    return made;
  } finally {
    await removeTree(work);
  }
}

/** MBR, an EFI system partition, and an ext4 that mke2fs fills by itself: no loop device, no mount. */
async function writeDisk(root: string, raw: string): Promise<void> {
  const grubConfig = 'search --no-floppy --label --set=root debian\nconfigfile /boot/grub/grub.cfg\n';
  const signed = async (folder: string, name: string): Promise<Uint8Array> => {
    const path = join(root, 'usr/lib', folder, name);
    if ((await stat(path)).size === 0) throw new Error(`${path} is empty`);
    return readFile(path);
  };
  const boot = fat16(
    new Map<string, Uint8Array>([
      ['EFI/BOOT/BOOTX64.EFI', await signed('shim', 'shimx64.efi.signed')],
      ['EFI/BOOT/grubx64.efi', await signed('grub/x86_64-efi-signed', 'grubx64.efi.signed')],
      ['EFI/debian/grub.cfg', Buffer.from(grubConfig)],
    ]),
    espSize,
    mebi / 512,
    'ESP',
  );
  const rest = recipe.diskSize - mebi - espSize;
  const disk = await open(raw, 'wx', 0o600);
  try {
    await disk.truncate(recipe.diskSize);
    await disk.write(partitionTable(mebi, espSize, rest), 0, 512, 0);
    await disk.write(boot.image, 0, boot.image.length, mebi);
  } finally {
    await disk.close();
  }
  if ((await readdir(join(root, 'boot'))).every((name) => !name.startsWith('initrd.img-'))) throw new Error('no initial ramdisk was made'); // prettier-ignore
  const options = `offset=${mebi + espSize},nodiscard`;
  await asRoot('/usr/sbin/mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'debian', '-E', options, '-d', root, raw, `${rest / 1024}k`], 300_000); // prettier-ignore
}

/** An MBR with an EFI system partition and one for Linux behind it, to the end. */
function partitionTable(start: number, esp: number, linux: number): Buffer {
  const table = Buffer.alloc(512);
  for (const [index, type, first, size] of [[0, 0xef, start, esp], [1, 0x83, start + esp, linux]] as const) {
    const at = 446 + index * 16;
    table.set([0, 0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff], at);
    table.writeUInt32LE(first / 512, at + 8);
    table.writeUInt32LE(size / 512, at + 12);
  }
  // An id of its own: the kernel makes PARTUUIDs of it.
  table.writeUInt32LE(0x4845_4152, 440);
  table.set([0x55, 0xaa], 510);
  return table;
} // prettier-ignore
