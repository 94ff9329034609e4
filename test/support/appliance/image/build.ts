import { execa } from 'execa';
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cpio } from '../../../../main/backend/images/starter/cpio.ts';
import { loadOrder } from '../../../../main/backend/images/starter/modules.ts';
import type { Tree, TreeEntry } from '../../../../main/backend/images/starter/tree.ts';
import { cacheFolder, digestOf, guestFiles, recipe, textOf } from './recipe.ts';
import { asRoot, removeTree, rootfs } from './rootfs.ts';

/** A guest's disk, kernel and key, as files in one folder of the cache. */
export interface BuiltImage {
  readonly folder: string;
  readonly kernel: string;
  readonly initrd: string;
  /** qcow2, never written to again. */
  readonly disk: string;
  /** Private key of the tests' root login. */
  readonly key: string;
}
const filesOf = (folder: string): BuiltImage => ({
  folder,
  kernel: join(folder, 'vmlinuz'),
  initrd: join(folder, 'initrd'),
  disk: join(folder, 'disk.qcow2'),
  key: join(folder, 'key'),
});

const exists = async (path: string): Promise<boolean> => access(path).then(() => true, () => false); // prettier-ignore
const onPath = async (name: string): Promise<boolean> => {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean))
    if (await access(join(folder, name), constants.X_OK).then(() => true, () => false)) return true; // prettier-ignore
  return exists(join('/usr/sbin', name));
};

/** Why no guest can be made or run on this computer; undefined when it can. */
export async function missingForGuest(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the test guest is made on Linux on x86-64 only';
  for (const [program, pack] of Object.entries({
    'qemu-system-x86_64': 'qemu-system-x86',
    'qemu-img': 'qemu-utils',
    ssh: 'openssh-client',
  }))
    if (!(await onPath(program))) return `${program} is not installed (Debian package ${pack})`;
  if (await exists(filesOf(folderOf()).disk)) return undefined;
  for (const [program, pack] of Object.entries({
    mmdebstrap: 'mmdebstrap',
    mke2fs: 'e2fsprogs',
    'ssh-keygen': 'openssh-client',
  }))
    // prettier-ignore
    if (!(await onPath(program))) return `${program} is not installed (Debian package ${pack})`;
  return undefined;
}

// Tests run in the pinned Node, and so does what they put into the guest.
const folderOf = (): string =>
  join(
    cacheFolder(),
    `guest-${digestOf([JSON.stringify(recipe), process.version, textOf('init'), textOf('setup.sh')])}`,
  );

/**
 * The guest's image: made with mmdebstrap on the first call (about a minute), taken from the cache afterwards. Written
 * aside and renamed, so that a broken build leaves nothing and two builds at once do no harm.
 * Throws when a program fails; its last lines are in the error.
 */
export async function builtImage(note: (text: string) => void): Promise<BuiltImage> {
  const folder = folderOf();
  if (await exists(filesOf(folder).disk)) return filesOf(folder);
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'build-'));
  try {
    const made = filesOf(work);
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'hearth-test', '-f', made.key], { timeout: 30_000 });
    note('making the guest from Debian packages (once; about a minute)');
    const root = join(work, 'root');
    await rootfs(root, {
      ...recipe,
      hooks: [`--customize-hook=${join(guestFiles, 'setup.sh')}`],
      env: {
        HEARTH_GUEST_USER: recipe.user.name,
        HEARTH_GUEST_PASSWORD: recipe.user.password,
        HEARTH_GUEST_KEY: `${made.key}.pub`,
        HEARTH_GUEST_NODE: process.execPath,
      },
    });
    await copyFile(join(root, 'boot', await kernelName(root)), made.kernel);
    await writeFile(made.initrd, await initrd(root));
    await makeDisk(root, made.disk);
    await removeTree(root);
    await chmod(made.disk, 0o444);
    await rename(work, folder).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else was faster.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return filesOf(folder);
  } finally {
    await removeTree(work);
  }
} // prettier-ignore

const kernelName = async (root: string): Promise<string> => {
  const name = (await readdir(join(root, 'boot'))).find((entry) => entry.startsWith('vmlinuz-'));
  if (!name) throw new Error('the guest has no kernel');
  return name;
};

/** A ramdisk that does one thing: busybox, the modules of the root disk, and `init`. */
async function initrd(root: string): Promise<Buffer> {
  const modules = new Map<string, Uint8Array>();
  const base = join(root, 'lib/modules');
  for (const entry of await readdir(base, { recursive: true, withFileTypes: true }))
    if (entry.name.endsWith('.ko'))
      modules.set(entry.name.slice(0, -3).replaceAll('-', '_'), await readFile(join(entry.parentPath, entry.name)));
  const order = loadOrder(modules, [...recipe.bootModules, 'crc32c_generic', 'crc32c_intel']);
  const tree: Tree = new Map<string, TreeEntry>([
    ['bin/busybox', { type: 'file', mode: 0o755, data: await readFile(join(root, 'bin/busybox')) }],
    ['bin/sh', { type: 'link', target: 'busybox' }],
    ['init', { type: 'file', mode: 0o755, data: Buffer.from(textOf('init')) }],
    ['modules/order', { type: 'file', mode: 0o644, data: Buffer.from(order.join('\n')) }],
    ...(['dev', 'proc', 'sys', 'root'] as const).map((name) => [name, { type: 'folder', mode: 0o755 }] as const),
  ]);
  for (const name of order)
    tree.set(`modules/${name}.ko`, { type: 'file', mode: 0o644, data: modules.get(name) ?? Buffer.alloc(0) });
  return cpio(tree);
}

/** An ext4 straight on the disk, filled by mke2fs itself: no loop device, no mount. */
async function makeDisk(root: string, disk: string): Promise<void> {
  const raw = `${disk}.raw`;
  await execa('qemu-img', ['create', '-q', '-f', 'raw', raw, String(recipe.diskSize)], { timeout: 30_000 });
  await rm(join(root, 'boot'), { recursive: true, force: true }).catch(() => asRoot('rm', ['-rf', join(root, 'boot')], 60_000)); // prettier-ignore
  const features = 'lazy_itable_init=1,lazy_journal_init=1,nodiscard';
  await asRoot('/usr/sbin/mke2fs', ['-q', '-F', '-t', 'ext4', '-N', '600000', '-J', 'size=64', '-E', features, '-d', root, raw], 300_000); // prettier-ignore
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', '-o', 'lazy_refcounts=off', raw, disk], { timeout: 300_000 });
  await rm(raw);
} // prettier-ignore
