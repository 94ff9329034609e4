import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import type { HostFacts } from '../../contract/host.ts';
import { offPath } from './off-path.ts';

/** Every system emulator on the PATH with its version; the first of an architecture wins. */
export async function findQemu(): Promise<HostFacts['qemu']> {
  const found = new Map<string, string>();
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const names = await readdir(folder).catch(() => [] as string[]); // a PATH entry that is gone is ordinary
    for (const name of names) {
      const arch = /^qemu-system-([a-z0-9_]+)(\.exe)?$/.exec(name)?.[1];
      if (arch && !found.has(arch)) found.set(arch, join(folder, name));
    }
  }
  const native = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  for (const { folder, name } of offPath) {
    const there = (await readdir(folder).catch(() => [] as string[])).includes(name);
    if (there && !found.has(native)) found.set(native, join(folder, name));
  }
  // Only what Hearth runs is asked for its version: the package has 30 emulators.
  const wanted = [...found].filter(([arch]) => arch === 'x86_64' || arch === 'aarch64');
  return Promise.all(wanted.map(async ([arch, binary]) => ({ binary, arch, version: await versionOf(binary) })));
}

/** qemu-img and its version; undefined where it is not installed. */
export async function findQemuImg(): Promise<HostFacts['qemuImg']> {
  const version = await versionOf('qemu-img');
  return version === '' ? undefined : { path: 'qemu-img', version };
}

async function versionOf(binary: string): Promise<string> {
  const result = await execa(binary, ['--version'], { reject: false, timeout: 5000, stdin: 'ignore' });
  return /version (\S+)/.exec(result.stdout ?? '')?.[1] ?? '';
}
