import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { boxImageSchema, mediumPaths } from '../../../contract/box/manifest.ts';
import type { BoxImage } from '../../../contract/box/manifest.ts';
import { writeFileAtomic, writeJson } from '../../json-file.ts';
import { assetsFolder, projectRoot } from '../../paths.ts';
import { readBundle } from '../../provision/fetch/bundle.ts';
import { openStick } from '../sticks/format/slot.ts';
import { findSlot } from '../sticks/format/slot.ts';
import { handleTarget } from '../sticks/format/source.ts';
import { appFiles, digestOfFiles } from './app-files.ts';
import { releaseWords } from './build-types.ts';
import type { BuildOptions, BuildStep, BuiltImage, OnBuild } from './build-types.ts';
import { buildCache, defaultCacheFolder, sha256File } from './cache.ts';
import { setUp, takePackages } from './debian.ts';
import type { DebianBase } from './debian.ts';
import { fatFiles } from './fat-files.ts';
import { ensureSigningKey, readTrustedKeys, trustedKey } from './keys.ts';
import type { SigningKey } from './keys.ts';
import { signManifest, signNote } from './manifest.ts';
import { planMedium } from './medium-files.ts';
import { writeMedium } from './medium.ts';
import { checkPrograms } from './programs.ts';
import { squash } from './squash.ts';
import { verifyTree } from './verify-tree.ts';

const defaultMirror = 'http://deb.debian.org/debian';

/**
 * Builds a box image: Debian packages, Hearth, the boot files, signed, as one raw disk image with a note, a package list and a
 * report beside it. What did not change since the last build is taken from the cache. Throws Problems: `image-build-not-here`,
 * `image-programs-missing`, `image-mirror`, `image-namespaces`, `image-packages`, `image-not-built`, `image-modules`,
 * `image-squashfs`, `image-medium`, `bundle-unreadable`, `key-unusable`; an AbortError when stopped.
 */
export async function buildImage(options: BuildOptions, onProgress: OnBuild, signal: AbortSignal): Promise<BuiltImage> {
  const epoch = options.epoch ?? Number(process.env['SOURCE_DATE_EPOCH'] ?? Math.floor(Date.now() / 1000));
  const clock = stopwatch(onProgress);
  clock.begin('Look for the programs it needs');
  await checkPrograms();
  if (options.bundle !== undefined) await readBundle(options.bundle);
  const key = await ensureSigningKey(options.key ?? join(options.out, 'hearth-box.key'));
  await mkdir(options.out, { recursive: true });
  const cache = buildCache(options.cache ?? defaultCacheFolder());

  const debian = {
    cache,
    mirror: options.mirror ?? defaultMirror,
    release: options.release,
    epoch,
    fresh: options.fresh ?? false,
    signal,
    onDetail: (detail: string) => clock.tell({ detail }),
  };
  clock.begin('Take the Debian packages');
  const packages = clock.kept(await takePackages(debian));
  clock.begin('Set up the system');
  const base = clock.kept(await setUp(packages, debian));

  clock.begin('Add Hearth');
  const files = await appFiles(projectRoot, await publicKeys(key));
  const build = createHash('sha256').update(base.key).update(await digestOfFiles(files, signal)).digest('hex'); // prettier-ignore
  files.push({ path: 'usr/share/hearth/build-id', run: false, from: { bytes: Buffer.from(`${build}\n`) } });
  clock.begin('Compress the system');
  const squashfs = clock.kept(
    await cache.keep('system', ['1', build], (made) =>
      squash(base, files, made, { epoch, signal, onProgress: (fraction) => clock.tell({ fraction }) }),
    ),
  );

  clock.begin('Put the medium together');
  const image = await describe(options, base, epoch);
  const stem = join(options.out, `hearth-box-${image.version}`);
  const info = `Hearth ${image.version}, ${image.base}`;
  const plan = await planMedium(
    { boot: base.boot, squashfs: squashfs.path, bundle: options.bundle, kernelArguments: options.kernelArguments ?? '', info },
    signal,
  ); // prettier-ignore
  const signed = signManifest(image, plan.listed, key);
  const aside = `${stem}.img.part`;
  try {
    await writeMedium(
      aside,
      [
        ...plan.files,
        { path: mediumPaths.manifest, size: signed.text.length, from: { bytes: signed.text } },
        { path: mediumPaths.signature, size: signed.signature.length, from: { bytes: signed.signature } },
      ],
      {
        boot: await readFile(join(base.boot, 'boot.img')),
        core: await readFile(join(base.boot, 'core-stick.img')),
      },
      {
        seed: createHash('sha256').update(signed.text).digest(),
        epoch,
        signal,
        onProgress: (fraction) => clock.tell({ fraction }),
      },
    );
    clock.begin('Sign and check the image');
    await checkImage(aside, key, signal, (fraction) => clock.tell({ fraction }));
    const sha256 = await sha256File(aside, signal);
    await rename(aside, `${stem}.img`);
    const { size } = await sizeOf(`${stem}.img`);
    await writeJson(`${stem}.json`, signNote(signed, { file: `hearth-box-${image.version}.img`, size, sha256 }, key));
    await writeFileAtomic(
      `${stem}.packages`,
      `${base.packages.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`).join('\n')}\n`,
    );
    const { times, kept } = clock.end();
    const built: BuiltImage = {
      image: `${stem}.img`,
      note: `${stem}.json`,
      packages: `${stem}.packages`,
      report: `${stem}.report.json`,
      version: image.version,
      size,
      sha256,
      manifest: signed.manifest,
      times,
      sizes: Object.fromEntries([
        ['system before compression', base.bytes],
        ...signed.manifest.files.map((file): [string, number] => [file.path, file.size]),
      ]),
      kept,
    };
    await writeJson(built.report, {
      version: image.version,
      image,
      size,
      sha256,
      packages: base.packages.length,
      times,
      kept,
      sizes: built.sizes,
    });
    return built;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Keys a box of this image believes: ours, and those that come with Hearth. */
async function publicKeys(key: SigningKey): Promise<Map<string, string>> {
  const keys = new Map([[`build-${key.id}`, key.publicPem]]);
  for (const each of await readTrustedKeys([join(assetsFolder, 'box', 'keys')]))
    keys.set(each.name, each.key.export({ type: 'spki', format: 'pem' }).toString());
  return keys;
}

async function describe(options: BuildOptions, base: DebianBase, epoch: number): Promise<BoxImage> {
  const builtAt = new Date(epoch * 1000).toISOString();
  const own = z.object({ version: z.string() }).parse(JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')));
  return boxImageSchema.parse({
    version: options.version ?? `${own.version}+${builtAt.replaceAll(/[-:T]/g, '').slice(0, 12)}`,
    builtAt,
    base: `${releaseWords[base.release]}, Linux ${base.kernel}`,
    payload: options.bundle === undefined ? 'internet' : 'bundle',
  });
} // prettier-ignore

/** Reads the finished image as a box will: both tables, the settings in one piece, every file against the signed list. */
async function checkImage(path: string, key: SigningKey, signal: AbortSignal, tell: (fraction: number) => void): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const source = await handleTarget(handle);
    const { fat } = await openStick(source);
    await findSlot(source, fat);
    await verifyTree(fatFiles(fat), [trustedKey(key.publicPem, 'own')], {
      signal,
      onProgress: (done, total) => tell(done / total),
    });
  } finally {
    await handle.close();
  }
} // prettier-ignore

async function sizeOf(path: string): Promise<{ size: number }> {
  const handle = await open(path, 'r');
  try {
    return await handle.stat();
  } finally {
    await handle.close();
  }
}

/** Times of the steps, and what is told of them; a fraction is told at most ten times a second. */
function stopwatch(onProgress: OnBuild) {
  const times: Partial<Record<BuildStep, number>> = {};
  const kept: BuildStep[] = [];
  let step: BuildStep | undefined;
  let since = 0;
  let told = 0;
  const end = (): void => {
    if (step) times[step] = Math.round(performance.now() - since);
  };
  return {
    begin(next: BuildStep): void {
      end();
      step = next;
      since = performance.now();
      onProgress({ step });
    },
    tell(fields: { detail?: string; fraction?: number }): void {
      if (!step || (fields.detail === undefined && performance.now() - told < 100)) return;
      told = performance.now();
      onProgress({ step, ...fields });
    },
    kept<T extends { kept: boolean }>(result: T): T {
      if (!step) return result;
      if (result.kept) {
        kept.push(step);
        onProgress({ step, kept: true });
      }
      return result;
    },
    end(): { times: typeof times; kept: BuildStep[] } {
      end();
      step = undefined;
      return { times, kept };
    },
  };
}
