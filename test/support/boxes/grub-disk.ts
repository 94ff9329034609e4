import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { writeBiosBoot } from '../../../main/backend/boxes/agent/install/boot-bios.ts';
import { renderBootenv, renderChoice } from '../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import type { BootChoice } from '../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import { makeStickImage } from './stick-image.ts';

const assets = resolve(import.meta.dirname, '../../../assets/box');
const espStart = 2048 * 512;

/**
 * A "kernel" of Linux's 32-bit boot protocol (Documentation/arch/x86/boot.rst) that writes its command line to the first
 * serial port and ends the computer: GRUB loads it like any other.
 */
export function tellingKernel(): Buffer {
  const image = Buffer.alloc(1024 + 64);
  image.writeUInt8(1, 0x1f1); // one sector of setup beside the first
  image.writeUInt32LE(4, 0x1f4); // 16-byte units of code
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.set([0xeb, 0x66], 0x200);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x020c, 0x206);
  image.writeUInt8(0x01, 0x211); // loaded high
  image.writeUInt32LE(0x100000, 0x214);
  image.writeUInt32LE(0x37ffffff, 0x22c);
  image.writeUInt32LE(0x100000, 0x230);
  image.writeUInt32LE(2047, 0x238);
  image.writeUInt32LE(0x100000, 0x258);
  image.writeUInt32LE(0x10000, 0x260);
  const code = [
    [0x8b, 0xb6, 0x28, 0x02, 0x00, 0x00], // mov esi,[esi+0x228]: the command line
    [0xac, 0x84, 0xc0, 0x74, 0x14, 0x88, 0xc4], // next: lodsb; test al,al; jz end; mov ah,al
    [0x66, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x20, 0x74, 0xfb], // mov dx,0x3fd; wait: in al,dx; test al,0x20; jz wait
    [0x66, 0xba, 0xf8, 0x03, 0x88, 0xe0, 0xee, 0xeb, 0xe7], // mov dx,0x3f8; mov al,ah; out dx,al; jmp next
    [0xb0, 0x0a, 0x66, 0xba, 0xf8, 0x03, 0xee], // end: a newline
    [0xb0, 0x01, 0xe6, 0xf4, 0xf4, 0xeb, 0xfd], // out 0xf4,al (QEMU ends); hlt; jmp
  ].flat();
  image.set(code, 1024);
  return image;
}

export interface GrubDisk {
  /** Lets the computer start once; its kernel's command line, or undefined when none was started within `seconds`. */
  start(seconds?: number): Promise<string | undefined>;
  /** The block as GRUB left it. */
  choice(): Promise<Buffer>;
  choose(choice: BootChoice): Promise<void>;
  remove(path: string): Promise<void>;
  replace(path: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A disk as the installer leaves it, with our menu and GRUB for BIOS, whose kernels only tell how they were started. */
export async function grubDisk(): Promise<GrubDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'grub-disk-'));
  const disk = join(folder, 'disk.img');
  const menu = (await readFile(join(assets, 'grub/disk.cfg'), 'utf8')).replace('@ARGS@', '');
  const kernel = tellingKernel();
  const initrd = Buffer.alloc(5000, 'i');
  await makeStickImage(disk, {
    '/boot/grub/grub.cfg': Buffer.from(menu),
    '/hearth/disk.env': renderBootenv([['data', '0b0c3f4e-7a51-4a7e-9f0e-6c1d2e3f4a5b']]),
    '/hearth/bootenv': renderChoice({ keep: 'a', tried: false }),
    '/hearth/box.json': Buffer.from('{}'),
    ...Object.fromEntries(['a', 'b'].flatMap((slot) => [[`/hearth/${slot}/vmlinuz`, kernel], [`/hearth/${slot}/initrd.img`, initrd], [`/hearth/${slot}/root.squashfs`, initrd]])),
  }); // prettier-ignore
  const modules = /^modules='([^']+)'/m.exec(await readFile(join(assets, 'setup.sh'), 'utf8'))?.[1]?.split(' ') ?? [];
  const core = join(folder, 'core.img');
  await execa('grub-mkimage', ['-O', 'i386-pc', '-p', '(,gpt1)/boot/grub', '-o', core, ...modules]);
  const file = await open(disk, 'r+');
  await writeBiosBoot(file, { boot: await readFile('/usr/lib/grub/i386-pc/boot.img'), core: await readFile(core) }, { start: 34 * 512, room: espStart - 34 * 512 }); // prettier-ignore
  await file.close();
  const drive = `${disk}@@${espStart}`;
  const env = { MTOOLS_SKIP_CHECK: '1' };
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    await execa('mcopy', ['-o', '-i', drive, '-', `::${path}`], { env, input: bytes });
  };
  let starts = 0;
  return {
    async start(seconds = 40) {
      starts += 1;
      const serial = join(folder, `serial-${starts}`);
      await writeFile(serial, '');
      const argv = ['-machine', 'pc', '-accel', 'tcg', '-m', '128', '-display', 'none', '-nodefaults', '-no-reboot', '-drive', `file=${disk},format=raw,if=ide`, '-serial', `file:${serial}`, '-device', 'isa-debug-exit,iobase=0xf4,iosize=4']; // prettier-ignore
      await execa('qemu-system-x86_64', argv, { reject: false, timeout: seconds * 1000, stdin: 'ignore' });
      return /BOOT_IMAGE=[^\n]*/.exec(await readFile(serial, 'latin1'))?.[0];
    },
    async choice() {
      const { stdout } = await execa('mcopy', ['-i', drive, '::/hearth/bootenv', '-'], { env, encoding: 'buffer' });
      return Buffer.from(stdout);
    },
    choose: (choice) => put('/hearth/bootenv', renderChoice(choice)),
    remove: async (path) => {
      await execa('mdel', ['-i', drive, `::${path}`], { env });
    },
    replace: put,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
