import { chmod, chown, mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mediumPaths } from '../../../../contract/box/manifest.ts';
import { bundleIndexName, bundleOnMedium, joinBundle } from '../../image/bundle-parts.ts';
import type { BundleParts } from '../../image/bundle-parts.ts';
import type { Run } from '../disks/lsblk.ts';
import type { SeedFile } from '../seeds.ts';
import { copyOwnFiles } from './own-files.ts';
import { fileBytes, notKept, sha256Of, signedBytes } from './copying.ts';
import type { CopyItem } from './plan.ts';
import { programFailed } from './problems.ts';

/** On the data partition, whose `var` becomes the box's /var. */
const hearthFolder = 'var/lib/hearth';
/** Where the box's own Hearth looks for it, below the box's folder: one file again. */
const bundleFile = `${hearthFolder}/box/bundle/bundle.tar`;

export interface DataContent {
  /** Mounted stick. */
  medium: string;
  /** The running box's own folder, e.g. /var/lib/hearth/box: identity, paired apps. */
  box: string;
  bundle: readonly CopyItem[];
  seeds: readonly SeedFile[];
}
export interface DataMount {
  run: Run;
  /** Block device of the partition. */
  device: string;
  /** Where it is mounted meanwhile. */
  target: string;
}

async function must(run: Run, argv: readonly string[], timeoutMs = 60_000): Promise<void> {
  const { code, stderr, timedOut } = await run(argv, { timeoutMs });
  if (code !== 0) throw programFailed(argv, timedOut ? `no end after ${timeoutMs / 1000} s` : stderr);
}

/** Runs `work` while the partition is mounted; it is unmounted whatever happens. */
async function mounted<T>({ run, device, target }: DataMount, options: string, work: () => Promise<T>): Promise<T> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  await must(run, ['mount', '-t', 'ext4', '-o', options, device, target]);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await unmount(run, target);
    throw error;
  }
  // Writes back everything: an error of the disk comes out here.
  await must(run, ['umount', target], 600_000);
  return result;
}

/** Unmounts what a failed or killed installation left there; lazily when it is stuck, so that a new try is possible. */
export async function unmount(run: Run, target: string): Promise<void> {
  for (let again = 0; again < 5; again += 1) {
    if ((await run(['mountpoint', '-q', target])).code !== 0) return;
    const { code } = await run(['umount', target], { timeoutMs: 30_000 });
    if (code !== 0) await run(['umount', '--lazy', target], { timeoutMs: 30_000 });
  }
}

/**
 * Everything that a box keeps from its stick goes onto its data partition, and is read back from the disk. `onBytes`: of the
 * bundle, which is read twice.
 */
export async function fillData(mount: DataMount, content: DataContent, onBytes: (done: number, total: number) => void, signal: AbortSignal): Promise<void> {
  const { target, run, device } = mount;
  const to = join(target, bundleFile);
  const bundle = await bundleIndex(content);
  await mounted(mount, 'noatime,data=ordered', async () => {
    await ownedFolders(target, dirname(content.box));
    const box = join(target, hearthFolder, 'box');
    await copyOwnFiles(content.box, box);
    if (bundle) {
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      const onProgress = (done: number, total: number): void => onBytes(done, 2 * total);
      await joinBundle(join(content.medium, mediumPaths.bundle), to, { signal, onProgress });
    }
    await sameOwners(content.box, box, run);
    for (const { path, text } of content.seeds) await put(join(target, path), text);
    await must(run, ['sync', '-f', target], 600_000);
  });
  await must(run, ['blockdev', '--flushbufs', device]);
  await mounted(mount, 'ro', async () => {
    for (const { path, text } of content.seeds)
      if ((await readFile(join(target, path), 'utf8')) !== text) throw notKept(path);
    if (!bundle) return;
    let done = 0;
    const counted = (bytes: number): void => {
      signal.throwIfAborted();
      done += bytes;
      onBytes(bundle.size + done, 2 * bundle.size);
    };
    if ((await sha256Of(fileBytes(to), counted)) !== bundle.sha256) throw notKept(bundleFile);
  });
} // prettier-ignore

/** What the stick's bundle is, by its signed index: its digest is that of all parts together. */
async function bundleIndex({ medium, bundle }: DataContent): Promise<BundleParts | undefined> {
  const index = bundle.find(({ to }) => to === bundleIndexName);
  if (!index) return undefined;
  const path = join(medium, index.file.path);
  await sha256Of(signedBytes(fileBytes(path), index.file, () => undefined));
  return bundleOnMedium(dirname(path));
}

async function ownedFolders(target: string, like: string): Promise<void> {
  const folder = join(target, hearthFolder);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const { uid, gid, mode } = await stat(like);
  await chown(folder, uid, gid);
  await chmod(folder, mode & 0o7777);
}

/** `cp` of Node copies no owners. */
async function sameOwners(from: string, to: string, run: Run): Promise<void> {
  const { uid, gid, mode } = await stat(from);
  await must(run, ['chown', '-R', `${uid}:${gid}`, to]);
  await chmod(to, mode & 0o7777);
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
