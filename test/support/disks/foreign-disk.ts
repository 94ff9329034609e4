import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ntfs } from './ntfs.ts';
import type { Files } from './ntfs.ts';

/** Types of partitions by sfdisk's names. */
export interface MadePart {
  type: string;
  mebibytes: number;
  content: Buffer;
}

/** A file system by the tools that everybody has: `size` in MiB. */
export function fat(files: Record<string, Buffer>, mebibytes = 33, bits: 12 | 16 | 32 = 32): Buffer {
  return inFolder((folder) => {
    const path = join(folder, 'fat');
    writeFileSync(path, Buffer.alloc(mebibytes * 2 ** 20));
    run('mkfs.vfat', '-F', String(bits), '-s', '1', path);
    const folders = Object.keys(files).flatMap((name) => {
      const steps = name.split('/').slice(0, -1);
      return steps.map((_, at) => steps.slice(0, at + 1).join('/'));
    });
    for (const each of new Map(folders.map((name) => [name.toLowerCase(), name])).values())
      run('mmd', '-i', path, `::${each}`);
    for (const name of Object.keys(files)) {
      writeFileSync(join(folder, 'one'), files[name] ?? '');
      run('mcopy', '-o', '-i', path, join(folder, 'one'), `::${name}`);
    }
    return readFileSync(path);
  });
}
export const ext4 = (label: string, mebibytes = 8): Buffer =>
  inFolder((folder) => {
    const path = join(folder, 'ext');
    writeFileSync(path, Buffer.alloc(mebibytes * 2 ** 20));
    run('mkfs.ext4', '-q', '-L', label, path);
    return readFileSync(path);
  });

/** A disk with a table by sfdisk and what lies in its partitions. */
export function disk(kind: 'gpt' | 'dos', parts: MadePart[], code = ''): Buffer {
  const total = parts.reduce((sum, { mebibytes }) => sum + mebibytes, 4);
  return inFolder((folder) => {
    const path = join(folder, 'disk');
    writeFileSync(path, Buffer.alloc(total * 2 ** 20));
    const lines = parts.map(({ type, mebibytes }) => `size=${mebibytes}MiB, type=${type}`);
    execFileSync('sfdisk', ['-q', '--no-reread', '--no-tell-kernel', path], { input: [`label: ${kind}`, ...lines, ''].join('\n'), env: tools }); // prettier-ignore
    const made = readFileSync(path);
    let at = 2 ** 20;
    for (const { mebibytes, content } of parts) {
      content.copy(made, at);
      at += mebibytes * 2 ** 20;
    }
    made.write(code, 0x80, 'latin1');
    return made;
  });
}

/** What Windows' boot menu of this name looks like to one who searches for it. */
export const bcd = (name: string): Buffer =>
  Buffer.concat([Buffer.from('regf'), Buffer.alloc(9000), Buffer.from(name, 'utf16le'), Buffer.alloc(3000)]);

/** A disk as Windows' installer leaves it on a machine with UEFI. */
export const windowsDisk = (name = 'Windows 11', files: Files = {}, options: { dirty?: boolean } = {}): Buffer =>
  disk('gpt', [
    {
      type: 'U',
      mebibytes: 33,
      content: fat({
        'EFI/Microsoft/Boot/bootmgfw.efi': Buffer.alloc(2000, 'M'),
        'EFI/Microsoft/Boot/BCD': bcd(name),
        'EFI/Boot/bootx64.efi': Buffer.alloc(2000, 'M'),
      }),
    },
    { type: 'E3C9E316-0B5C-4DB8-817D-F92DF00215AE', mebibytes: 1, content: Buffer.alloc(0) },
    {
      type: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
      mebibytes: 4,
      content: ntfs({ 'Windows/System32/ntoskrnl.exe': Buffer.alloc(50, 'k'), ...files }, options),
    },
  ]);

const tools = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, MTOOLS_SKIP_CHECK: '1' };
function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { env: tools, stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
}
function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-disk-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
