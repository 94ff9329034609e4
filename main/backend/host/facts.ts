import { constants } from 'node:fs';
import { copyFile, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import type { HostFacts } from '../../contract/host.ts';
import { pciDisplays, iommu } from './pci.ts';
import { findQemu, findQemuImg } from './qemu-binaries.ts';
import type { HostFiles } from './signals.ts';
import { realFiles } from './signals.ts';
import { surface } from './surface.ts';
import { containerName, hypervisorName } from './surroundings.ts';

/** Everything about this computer that a check or a page needs. Read only, no root. */
export async function hostFacts(dataDir: string, files: HostFiles = realFiles): Promise<HostFacts> {
  const [{ cpu, memory, os: system, network }, dataDisk, qemu, qemuImg, hypervisor, gpus] = await Promise.all([
    surface(files),
    diskOf(dataDir),
    findQemu(),
    findQemuImg(),
    hypervisorName(files),
    pciDisplays(files),
  ]);
  const flags = new Set((/^flags\s*:(.*)$/m.exec(files.read('/proc/cpuinfo') ?? '')?.[1] ?? '').trim().split(/\s+/));
  const level = process.arch === 'x64' ? microarchitectureLevel(flags) : undefined;
  const container = containerName(files);
  return {
    hostname: os.hostname(),
    os: system,
    cpu: {
      ...cpu,
      threads: os.availableParallelism(),
      ...(level === undefined ? {} : { level }),
      virtualizationFlag: flags.has('vmx')
        ? 'vmx'
        : flags.has('svm')
          ? 'svm'
          : process.platform === 'linux'
            ? 'none'
            : 'unknown',
    },
    memory,
    dataDisk,
    hypervisor,
    ...(container ? { container } : {}),
    gpus,
    iommu: iommu(files),
    network,
    qemu,
    ...(qemuImg ? { qemuImg } : {}),
  };
}

const levels = [
  ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3'],
  ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe'],
  ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'],
];

/** x86-64 microarchitecture level 1..4 by /proc/cpuinfo flags (x86-64 psABI). */
export function microarchitectureLevel(flags: ReadonlySet<string>): number {
  const missing = levels.findIndex((needed) => !needed.every((flag) => flags.has(flag)));
  return missing === -1 ? 4 : missing + 1;
}

const fileSystems: Record<string, string> = {
  ef53: 'ext4', '9123683e': 'btrfs', '58465342': 'xfs', '1021994': 'tmpfs', '2fc12fc1': 'zfs', '6969': 'nfs',
  '794c7630': 'overlayfs', f2f52010: 'f2fs', ca451a4e: 'bcachefs', ff534d42: 'cifs', '65735546': 'fuse',
}; // prettier-ignore

async function diskOf(dataDir: string): Promise<HostFacts['dataDisk']> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const stats = await statfs(dataDir);
  const magic = (stats.type >>> 0).toString(16);
  return {
    path: dataDir,
    total: stats.blocks * stats.bsize,
    free: stats.bavail * stats.bsize,
    fileSystem: fileSystems[magic] ?? `0x${magic}`,
    reflink: await canReflink(dataDir),
  };
}

/** Tries a clone: what a file system's name promises depends on its version and options. */
async function canReflink(folder: string): Promise<boolean> {
  const source = join(folder, `.reflink-trial-${process.pid}`);
  try {
    await writeFile(source, Buffer.alloc(8192, 1), { mode: 0o600 });
    await copyFile(source, `${source}.copy`, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await rm(source, { force: true });
    await rm(`${source}.copy`, { force: true });
  }
}
