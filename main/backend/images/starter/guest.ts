import type { Tree } from './tree.ts';
import { cpio } from './cpio.ts';
import { loadOrder, modulesOf } from './modules.ts';
import { earlyModules, extraModules, lateModules, packageFiles, promptModules, scsiModules } from './recipe.ts';

/** Password `hearth`, sha512crypt. */
const defaultHash =
  '$6$hearthstarter$77Nr51bpSlfBUZ95TdFPr6yrKCT69EEzTwgv2dqTcdDIcpYKZo3UAAVKw4jGEVOwf.2GCZLy8.inOBKbMJ4LA1';

const folders: [string, number][] = [
  ['dev', 0o755], ['proc', 0o555], ['sys', 0o555], ['run', 0o755], ['tmp', 0o1777], ['root', 0o700], ['mnt', 0o755],
  ['var/lib/cloud', 0o700], ['var/log', 0o755], ['var/www', 0o755], ['etc/dropbear', 0o700],
]; // prettier-ignore

/** Our files: asset -> place in the guest and mode. */
const ownFiles: [string, string, number][] = [
  ['inittab', 'etc/inittab', 0o644],
  ['rc', 'etc/rc', 0o755],
  ['rc.stop', 'etc/rc.stop', 0o755],
  ['power', 'etc/acpi/PWRF/00000080', 0o755],
  ['udhcpc.script', 'usr/share/udhcpc/default.script', 0o755],
  ['udhcpc.script', 'etc/udhcpc/default.script', 0o755],
  ['page.cgi', 'var/www/cgi-bin/index.cgi', 0o755],
  ['profile', 'etc/profile', 0o644],
  ['motd', 'etc/motd', 0o644],
  ['hearth-starter', 'etc/hearth-starter', 0o644],
  ['os-release', 'etc/os-release', 0o644],
  ['banner', 'usr/lib/hearth/banner', 0o644],
  ['seed', 'usr/lib/hearth/seed', 0o755],
  ['network', 'usr/lib/hearth/network', 0o755],
  ['yaml.awk', 'usr/lib/hearth/yaml.awk', 0o644],
];

const texts: [string, string, number][] = [
  ['etc/hostname', 'hearth\n', 0o644],
  ['etc/hosts', '127.0.0.1 localhost hearth\n', 0o644],
  ['etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nhearth:x:1000:1000:hearth:/home/hearth:/bin/sh\n', 0o644],
  ['etc/shadow', `root:${defaultHash}:20000:0:99999:7:::\nhearth:${defaultHash}:20000:0:99999:7:::\n`, 0o600],
  ['etc/group', 'root:x:0:\ntty:x:5:\nhearth:x:1000:\n', 0o644],
  ['etc/shells', '/bin/sh\n/bin/ash\n', 0o644],
  ['etc/nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n', 0o644],
  ['etc/ld.so.conf', '/usr/lib\n', 0o644],
];

/** The root file system: busybox with a link per applet, libraries, services, kernel modules and our scripts. */
export function rootTree(packages: Map<string, Tree>, kernel: Tree, own: Map<string, Buffer>): Tree {
  const tree: Tree = new Map();
  const file = (path: string, data: Uint8Array, mode: number, uid = 0): void => {
    tree.set(path, { type: 'file', mode, data, uid });
  };
  for (const [path, mode] of folders) tree.set(path, { type: 'folder', mode });
  tree.set('home/hearth', { type: 'folder', mode: 0o750, uid: 1000 });
  for (const [asset, path, mode] of ownFiles) file(path, needed(own.get(asset), asset), mode);
  for (const [path, text, mode] of texts) file(path, Buffer.from(text), mode);
  tree.set('etc/resolv.conf', { type: 'link', target: '/run/resolv.conf' });
  tree.set('etc/mtab', { type: 'link', target: '/proc/mounts' });
  tree.set('sbin/shutdown', { type: 'link', target: '/etc/acpi/PWRF/00000080' });

  for (const [name, paths] of Object.entries(packageFiles)) {
    if (name === 'systemd-boot-efi') continue;
    const content = needed(packages.get(name), name);
    for (const path of paths) {
      const { data, mode } = followed(content, path);
      file(guestPath(path), data, mode);
    }
  }
  tree.set('lib64/ld-linux-x86-64.so.2', { type: 'link', target: '/lib/ld-linux-x86-64.so.2' });
  // `su` and `ping` need root's rights; this copy of busybox gives them up under any other name.
  file('bin/su', busyboxOf(packages), 0o4755);
  tree.set('bin/ping', { type: 'link', target: 'su' });
  for (const applet of applets(busyboxOf(packages)))
    if (!tree.has(`bin/${applet}`) && !tree.has(`sbin/${applet}`))
      tree.set(`bin/${applet}`, { type: 'link', target: 'busybox' });
  // The agent sets the time only where it finds hwclock there.
  for (const applet of ['init', 'getty', 'reboot', 'poweroff', 'ip', 'hwclock'])
    tree.set(`sbin/${applet}`, { type: 'link', target: '../bin/busybox' });

  const modules = modulesOf(kernel);
  for (const name of loadOrder(modules, [
    ...earlyModules,
    ...promptModules,
    ...lateModules,
    ...scsiModules,
    ...extraModules,
  ]))
    file(`lib/modules/starter/${name}.ko`, needed(modules.get(name), name), 0o644);
  const early = loadOrder(modules, earlyModules);
  const list = (names: readonly string[]): Buffer =>
    Buffer.from(`${loadOrder(modules, names).filter((name) => !early.includes(name)).join(' ')}\n`); // prettier-ignore
  file('lib/modules/starter/first', list(promptModules), 0o644);
  file('lib/modules/starter/late', list(lateModules), 0o644);
  return tree;
}

/** The initrd: busybox, the modules that reach the disk, and the script that hands over. Not compressed: reading is cheaper than unpacking. */
export function initrd(packages: Map<string, Tree>, kernel: Tree, own: Map<string, Buffer>): Buffer {
  const modules = modulesOf(kernel);
  const early = loadOrder(modules, earlyModules);
  const scsi = loadOrder(modules, scsiModules).filter((name) => !early.includes(name));
  const tree: Tree = new Map();
  for (const folder of ['dev', 'proc', 'sys', 'root']) tree.set(folder, { type: 'folder', mode: 0o755 });
  tree.set('init', { type: 'file', mode: 0o755, data: needed(own.get('init'), 'init') });
  tree.set('bin/busybox', { type: 'file', mode: 0o755, data: busyboxOf(packages) });
  for (const applet of [
    'sh',
    'mount',
    'insmod',
    'cat',
    'findfs',
    'sleep',
    'readlink',
    'printf',
    'dd',
    'sync',
    'blockdev',
    'switch_root',
  ])
    tree.set(`bin/${applet}`, { type: 'link', target: 'busybox' });
  for (const name of [...early, ...scsi])
    tree.set(`modules/${name}.ko`, { type: 'file', mode: 0o644, data: needed(modules.get(name), name) });
  tree.set('modules/early', { type: 'file', mode: 0o644, data: Buffer.from(early.join(' ')) });
  tree.set('modules/scsi', { type: 'file', mode: 0o644, data: Buffer.from(scsi.join(' ')) });
  return cpio(tree);
}

const busyboxOf = (packages: Map<string, Tree>): Uint8Array =>
  followed(needed(packages.get('busybox-static'), 'busybox-static'), 'bin/busybox').data;

/** Debian's lib/x86_64-linux-gnu and usr/lib/x86_64-linux-gnu become lib and usr/lib; the rest stays where it was. */
const guestPath = (path: string): string =>
  path.replace(/^(usr\/)?lib\/x86_64-linux-gnu\//, 'lib/').replace(/^usr\/bin\/dropbearkey$/, 'bin/dropbearkey');

/** A file of a package, through links inside the package. */
export function followed(tree: Tree, path: string): { data: Uint8Array; mode: number } {
  let at = path;
  for (let hop = 0; hop < 8; hop += 1) {
    const entry = tree.get(at);
    if (entry?.type === 'file') return entry;
    if (entry?.type !== 'link') break;
    at = entry.target.startsWith('/')
      ? entry.target.slice(1)
      : `${at.slice(0, at.lastIndexOf('/') + 1)}${entry.target}`;
  }
  throw new Error(`a Debian package does not hold ${path} any more`);
}

/** Names of busybox's applets: it keeps them as one run of zero-ended words that starts with `[` and `[[`. */
export function applets(busybox: Uint8Array): string[] {
  const bytes = Buffer.from(busybox.buffer, busybox.byteOffset, busybox.byteLength);
  const start = bytes.indexOf('[\0[[\0');
  if (start < 0) throw new Error('the list of busybox applets was not found');
  const names: string[] = [];
  for (let at = start; ;) {
    const end = bytes.indexOf(0, at);
    const name = bytes.toString('latin1', at, end);
    if (!/^[a-z0-9_[][a-z0-9_.[-]*$/.test(name)) return names;
    names.push(name);
    at = end + 1;
  }
}

function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the recipe of the starter image misses ${name}`);
  return value;
}
