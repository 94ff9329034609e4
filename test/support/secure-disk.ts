import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compareVersions, openSuite } from '../../main/backend/images/starter/archive.ts';
import { cpio } from '../../main/backend/images/starter/cpio.ts';
import { readPackage } from '../../main/backend/images/starter/deb.ts';
import { fetchVerified } from '../../main/backend/images/starter/download.ts';
import { fat16 } from '../../main/backend/images/starter/fat.ts';
import { followed } from '../../main/backend/images/starter/guest.ts';
import type { Tree } from '../../main/backend/images/starter/tree.ts';
import { starterCache, starterImage } from './starter.ts';

const run = promisify(execFile);
const mirror = 'http://deb.debian.org/debian';
const mebi = 2 ** 20;

/** First program of the guest: says what the firmware and the kernel say, then serves a shell on the serial port. */
const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
insmod /efivarfs.ko && mount -t efivarfs efivarfs /sys/firmware/efi/efivars
echo "firmware-says SecureBoot=$(tail -c 1 /sys/firmware/efi/efivars/SecureBoot-* | od -An -tu1 | tr -d ' ')"
dmesg | grep -i -E 'secureboot:|locked down'
ls /dev/tpm0 2>/dev/null
echo guest-ready
exec setsid cttyhack sh </dev/ttyS0 >/dev/ttyS0 2>&1
`;

/** Sends one TPM command (hexadecimal) to the kernel's device and prints the answer the same way. */
const tpm = `#!/bin/sh
exec 3<>/dev/tpm0
printf "$(echo "$1" | sed 's/../\\\\x&/g')" >&3
echo "tpm-answers $(dd bs=4096 count=1 <&3 2>/dev/null | od -An -v -tx1 | tr -d ' \\n')"
`;

/**
 * A small disk that boots under Secure Boot by nobody's keys but those that every PC has: Debian's shim (signed by
 * Microsoft), its GRUB and its kernel (signed by Debian), with a busybox initrd. Built once from Debian's packages.
 */
export async function secureDisk(): Promise<string> {
  const starter = await starterImage();
  const versions = (
    JSON.parse(await readFile(starter.replace(/qcow2$/, 'json'), 'utf8')) as { versions: Record<string, string> }
  ).versions;
  const kernelName = Object.keys(versions).find((name) => name.startsWith('linux-image-')) ?? '';
  const cache = starterCache();
  const made = join(cache, `secure-${createHash('sha256').update(JSON.stringify([versions, init, tpm])).digest('hex').slice(0, 16)}.qcow2`); // prettier-ignore
  if (existsSync(made)) return made;
  const packages = join(cache, 'packages');
  await mkdir(packages, { recursive: true, mode: 0o700 });
  const wanted = new Set(['shim-signed', 'grub-efi-amd64-signed', 'busybox-static', 'linux-image-cloud-amd64']);
  const suites = await Promise.all([
    openSuite(mirror, 'bookworm', wanted, { cache: packages }),
    openSuite(`${mirror}-security`, 'bookworm-security', wanted, { cache: packages }),
  ]);
  const tree = async (name: string, keep: (path: string) => boolean): Promise<Tree> => {
    const entries = suites.flatMap((suite) => suite.packages.get(name) ?? []);
    entries.sort((one, other) => compareVersions(other.version, one.version));
    const entry = entries.find(({ version }) => version === versions[name]) ?? entries[0];
    if (!entry) throw new Error(`Debian has no package ${name}`);
    return readPackage(await fetchVerified(entry.url, entry.sha256, packages), keep);
  };
  const [shim, grub, busybox, kernel] = await Promise.all([
    tree('shim-signed', (path) => path.includes('usr/lib/shim/')),
    tree('grub-efi-amd64-signed', (path) => path.includes('x86_64-efi-signed/')),
    tree('busybox-static', (path) => path.endsWith('bin/busybox')),
    tree(kernelName, (path) => path.startsWith('boot/vmlinuz-') || path.endsWith('/efivarfs.ko')),
  ]);
  const file = (from: Tree, end: string): Uint8Array => {
    const path = [...from.keys()].find((candidate) => candidate.endsWith(end) || candidate.includes(`${end}-`));
    return followed(from, path ?? end).data;
  };
  const root: Tree = new Map();
  for (const folder of ['bin', 'dev', 'proc', 'sys', 'tmp']) root.set(folder, { type: 'folder', mode: 0o755 });
  root.set('init', { type: 'file', mode: 0o755, data: Buffer.from(init) });
  root.set('bin/tpm', { type: 'file', mode: 0o755, data: Buffer.from(tpm) });
  root.set('bin/busybox', { type: 'file', mode: 0o755, data: file(busybox, 'bin/busybox') });
  root.set('efivarfs.ko', { type: 'file', mode: 0o644, data: file(kernel, '/efivarfs.ko') });
  const grubConfig = 'set timeout=0\nlinux /vmlinuz console=ttyS0,115200 loglevel=5\ninitrd /initrd.img\nboot\n';
  const size = 48 * mebi;
  const boot = fat16(
    new Map<string, Uint8Array>([
      ['EFI/BOOT/BOOTX64.EFI', file(shim, 'shimx64.efi.signed')],
      ['EFI/BOOT/grubx64.efi', file(grub, 'grubx64.efi.signed')],
      ['EFI/debian/grub.cfg', Buffer.from(grubConfig)],
      ['vmlinuz', file(kernel, 'boot/vmlinuz')],
      ['initrd.img', cpio(root)],
    ]),
    size,
    2048,
    'SECURE',
  );
  const raw = `${made}.${process.pid}.raw`;
  const disk = await open(raw, 'w', 0o600);
  try {
    await disk.truncate(mebi + size);
    await disk.write(partitionTable(size / 512), 0, 512, 0);
    await disk.write(boot.image, 0, boot.image.length, mebi);
  } finally {
    await disk.close();
  }
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, `${raw}.qcow2`]);
  await rename(`${raw}.qcow2`, made);
  await rm(raw);
  return made;
}

/** One EFI system partition behind the first MiB. */
function partitionTable(sectors: number): Buffer {
  const table = Buffer.alloc(512);
  table.set([0x80, 0xfe, 0xff, 0xff, 0xef, 0xfe, 0xff, 0xff], 446);
  table.writeUInt32LE(2048, 454);
  table.writeUInt32LE(sectors, 458);
  table.set([0x55, 0xaa], 510);
  return table;
}
