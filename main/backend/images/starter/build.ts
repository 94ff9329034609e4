import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { canCheckSignatures, compareVersions, openSuite } from './archive.ts';
import type { Package, Suite } from './archive.ts';
import { starterAssets } from './assets.ts';
import { readPackage } from './deb.ts';
import { diskSize, writeDisk } from './disk.ts';
import { fetchVerified, sha256OfFile } from './download.ts';
import { followed, initrd, rootTree } from './guest.ts';
import { commandLine, metaKernel, packageFiles, sizes, suite } from './recipe.ts';
import type { Tree } from './tree.ts';

export interface StarterOptions {
  /** Folder for packages and the finished image. */
  cacheDir: string;
  /** Debian mirror, e.g. http://deb.debian.org/debian. */
  mirror: string;
  signal?: AbortSignal;
  /** Builds again from the packages of today. */
  refresh?: boolean;
  onProgress?: (step: StarterProgress) => void;
}
export interface StarterProgress {
  title: string;
  fraction?: number;
  detail?: string;
}
export interface StarterImage {
  path: string;
  format: 'qcow2';
  sha256: string;
  virtualSize: number;
  versions: Record<string, string>;
  /** `verified`: Debian's signature was checked with gpgv; `not checked`: gpgv or its keyring is not on this computer. */
  signature: Suite['signature'];
  builtAt: string;
}

/** Steps of the build, as a page lists them. */
export const starterSteps = ['Package lists', 'Packages', 'Disk'] as const;

/** Changes with our files, the recipe and the layout: an image of another recipe is built anew. */
export async function recipeHash(): Promise<string> {
  const { bootLoader, guest } = await starterAssets();
  const hash = createHash('sha256')
    .update(JSON.stringify([6, suite, packageFiles, commandLine, sizes]))
    .update(bootLoader);
  for (const [name, data] of guest) hash.update(name).update(data);
  return hash.digest('hex').slice(0, 16);
}

/**
 * The starter image: a small Linux disk made here from Debian packages, in seconds and without root. One that was built
 * before by the same recipe is given back at once, also without a network. Throws a ProblemError, or AbortError.
 */
export async function buildStarter(options: StarterOptions): Promise<StarterImage> {
  const recipe = await recipeHash();
  const name = join(options.cacheDir, `starter-${recipe}`);
  const ready = options.refresh ? undefined : await readyImage(name);
  if (ready) return ready;
  await mkdir(options.cacheDir, { recursive: true, mode: 0o700 });
  const cache = join(options.cacheDir, 'packages');
  const report = options.onProgress ?? (() => undefined);

  report({ title: starterSteps[0] });
  const { chosen, signature } = await choosePackages(options, cache);
  const trees = await fetchPackages(chosen, cache, options);
  options.signal?.throwIfAborted();

  report({ title: starterSteps[2], detail: 'Putting the files together' });
  const kernelPackage = kernelOf(chosen);
  const kernel = trees.get(kernelPackage) ?? new Map();
  const image = [...kernel.keys()].find((path) => path.startsWith('boot/vmlinuz-'));
  if (!image) throw new Error('the kernel package holds no kernel');
  const { bootLoader, guest } = await starterAssets();
  const work = join(options.cacheDir, `work-${randomUUID()}`);
  await mkdir(work, { mode: 0o700 });
  try {
    const raw = join(work, 'disk.raw');
    await writeDisk(raw, {
      bootLoader,
      kernel: followed(kernel, image).data,
      initrd: initrd(trees, kernel, guest),
      efiLoader: followed(trees.get('systemd-boot-efi') ?? new Map(), packageFiles['systemd-boot-efi']?.[0] ?? '').data,
      commandLine,
      root: rootTree(trees, kernel, guest),
      uuid: createHash('sha256').update(recipe).digest().subarray(0, 16),
    });
    const disk = join(work, 'disk.qcow2');
    report({ title: starterSteps[2], detail: 'Writing the disk', fraction: 0.5 });
    const { execa } = await import('execa');
    await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, disk], {
      timeout: 120_000,
      ...(options.signal ? { cancelSignal: options.signal } : {}),
    });
    const result: StarterImage = {
      path: `${name}.qcow2`,
      format: 'qcow2',
      sha256: await sha256OfFile(disk),
      virtualSize: diskSize,
      versions: Object.fromEntries([...chosen].map(([key, value]) => [key, value.version])),
      signature,
      builtAt: new Date().toISOString(),
    };
    await writeFile(join(work, 'starter.json'), JSON.stringify(result, null, 2), { mode: 0o600 });
    await rename(disk, result.path);
    await rename(join(work, 'starter.json'), `${name}.json`);
    return result;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Removes images of earlier recipes from the cache folder; the packages stay. */
export async function forgetOlder(cacheDir: string, built: StarterImage): Promise<void> {
  const keep = basename(built.path, '.qcow2');
  for (const file of await readdir(cacheDir))
    if (/^starter-[0-9a-f]{16}\.(qcow2|json)$/.test(file) && !file.startsWith(`${keep}.`))
      await rm(join(cacheDir, file), { force: true });
}

async function readyImage(name: string): Promise<StarterImage | undefined> {
  try {
    const known = JSON.parse(await readFile(`${name}.json`, 'utf8')) as StarterImage;
    const path = `${name}.qcow2`;
    await stat(path);
    return (await sha256OfFile(path)) === known.sha256 ? { ...known, path } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The newest version of each package from the release and its security updates. */
async function choosePackages(
  options: StarterOptions,
  cache: string,
): Promise<{ chosen: Map<string, Package>; signature: Suite['signature'] }> {
  const wanted = new Set([...Object.keys(packageFiles), metaKernel]);
  const open = (mirror: string, name: string): Promise<Suite> =>
    openSuite(mirror, name, wanted, { cache, ...(options.signal ? { signal: options.signal } : {}) });
  // Where signatures cannot be checked, the connection at least is the one of the publisher.
  const mirror = (await canCheckSignatures())
    ? options.mirror
    : options.mirror.replace(/^http:\/\/deb\.debian\.org\//, 'https://deb.debian.org/');
  const security = async (): Promise<Suite> => {
    const beside = `${mirror.replace(/\/$/, '')}-security`;
    try {
      return await open(beside, `${suite}-security`);
    } catch (error) {
      // Not every mirror carries the security updates.
      const official = `${new URL(mirror).protocol}//deb.debian.org/debian-security`;
      if (options.signal?.aborted || beside === official) throw error;
      return open(official, `${suite}-security`);
    }
  };
  const suites = await Promise.all([open(mirror, suite), security()]);
  const all = new Map<string, Package>();
  for (const { packages } of suites)
    for (const [name, entry] of packages) {
      const other = all.get(name);
      if (!other || compareVersions(entry.version, other.version) > 0) all.set(name, entry);
    }
  const meta = all.get(metaKernel);
  const kernelName = /linux-image-[0-9][^ ,(]*/.exec(meta?.depends ?? '')?.[0] ?? '';
  const chosen = new Map<string, Package>();
  for (const name of [kernelName, ...Object.keys(packageFiles)]) {
    const entry = all.get(name);
    if (!entry) throw new Error(`Debian ${suite} has no package ${name || metaKernel} any more`);
    chosen.set(name, entry);
  }
  return { chosen, signature: suites.every((one) => one.signature === 'verified') ? 'verified' : 'not checked' };
}

const kernelOf = (chosen: Map<string, Package>): string =>
  [...chosen.keys()].find((name) => name.startsWith('linux-image-')) ?? '';

/** Downloads and unpacks all packages side by side; only the wanted files stay in memory. */
async function fetchPackages(
  chosen: Map<string, Package>,
  cache: string,
  options: StarterOptions,
): Promise<Map<string, Tree>> {
  const total = [...chosen.values()].reduce((sum, entry) => sum + entry.size, 0);
  let done = 0;
  const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);
  const tell = (count: number): void => {
    done = Math.min(total, done + count);
    options.onProgress?.({
      title: starterSteps[1],
      fraction: done / total,
      detail: `${mib(done)} of ${mib(total)} MiB`,
    });
  };
  const trees = new Map<string, Tree>();
  const queue = [...chosen].sort(([, a], [, b]) => b.size - a.size);
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const [name, entry] = job;
      let seen = 0;
      const data = await fetchVerified(entry.url, entry.sha256, cache, {
        ...(options.signal ? { signal: options.signal } : {}),
        onBytes: (count) => {
          seen += count;
          tell(count);
        },
      });
      if (seen < entry.size) tell(entry.size - seen);
      trees.set(name, await readPackage(data, wantedFiles(name), options.signal));
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return trees;
}

function wantedFiles(name: string): (path: string) => boolean {
  if (name.startsWith('linux-image-')) return (path) => path.startsWith('boot/vmlinuz-') || path.endsWith('.ko');
  // Links lead to files whose names carry a version: everything beside them is kept until they are followed.
  const folders = new Set((packageFiles[name] ?? []).map((path) => path.slice(0, path.lastIndexOf('/') + 1)));
  return (path) => folders.has(path.slice(0, path.lastIndexOf('/') + 1));
}
