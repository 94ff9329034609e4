import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';
import { assetsFolder } from '../../paths.ts';
import { plainEnvironment, runProcess } from '../../process.ts';
import { digestOfFolder } from './cache.ts';
import type { BuildCache } from './cache.ts';
import { releases } from './build-types.ts';
import type { Release } from './build-types.ts';
import { installedPackages, parsePackageList } from './package-list.ts';
import { tarEnd } from './tar-end.ts';

export interface DebianOptions {
  cache: BuildCache;
  mirror: string;
  release?: Release | undefined;
  epoch: number;
  fresh: boolean;
  signal: AbortSignal;
  onDetail: (text: string) => void;
}
/** The system without Hearth. */
export interface DebianBase {
  release: Release;
  /** A tar of the system, without its closing blocks; `bytes` of it. */
  tar: string;
  bytes: number;
  /** Folder with kernel, initrd and the boot loaders. */
  boot: string;
  kernel: string;
  packages: ReturnType<typeof installedPackages>;
  /** Names what it was made of. */
  key: string;
}

/** Milliseconds: a slow mirror and a slow disk. */
const longest = 60 * 60_000;
const boxAssets = join(assetsFolder, 'box');

/** Where the packages come from; security fixes lie in an archive of their own beside the main one. */
const sources = (release: Release, mirror: string): string[] => {
  const security = mirror.replace(/\/debian\/?$/, '/debian-security');
  return [
    `deb ${mirror} ${release} main non-free-firmware`,
    `deb ${mirror} ${release}-updates main non-free-firmware`,
    `deb ${security} ${release}-security main non-free-firmware`,
  ];
};

/** Installs the packages into a tar; of the releases the newest that the mirror serves whole. */
export async function takePackages(
  options: DebianOptions,
): Promise<{ release: Release; tar: string; key: string; kept: boolean }> {
  const text = await readFile(join(boxAssets, 'packages.txt'), 'utf8');
  const wanted = parsePackageList(text);
  let failure: unknown;
  for (const release of options.release ? [options.release] : releases) {
    try {
      const { path, key, kept } = await options.cache.keep(
        'packages',
        ['1', release, options.mirror, JSON.stringify(wanted)],
        (made) => installInto(made, release, wanted, options),
        options.fresh,
      );
      return { release, tar: path, key, kept };
    } catch (error) {
      options.signal.throwIfAborted();
      // Only what the mirror lacks may be another's; a broken build is told.
      if (!(error instanceof ProblemError) || error.problem.code !== 'image-mirror') throw error;
      failure ??= error;
      options.onDetail(`${release} could not be taken whole from ${options.mirror}`);
    }
  }
  throw failure;
}

async function installInto(
  made: string,
  release: Release,
  wanted: ReturnType<typeof parsePackageList>,
  { mirror, epoch, signal, onDetail }: DebianOptions,
): Promise<void> {
  const required = wanted.filter(({ optional }) => !optional).map(({ name }) => name);
  const optional = wanted.filter((each) => each.optional).map(({ name }) => name);
  // The names were checked to be names, so that they can stand in a script.
  const more = `for name in ${optional.join(' ')}; do ! apt-cache show --no-all-versions "$name" >/dev/null 2>&1 || apt-get -y --no-install-recommends install "$name" || exit 1; done`;
  await mmdebstrap(
    [
      '--variant=minbase', `--include=${required.join(',')}`,
      ...['path-exclude=/usr/share/doc/*', 'path-exclude=/usr/share/man/*', 'path-exclude=/usr/share/info/*',
        'path-exclude=/usr/share/locale/*', 'path-include=/usr/share/locale/locale.alias', 'force-confold'].map((option) => `--dpkgopt=${option}`),
      '--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Retries "3"',
      // Its initrd is made once everything is in place.
      '--essential-hook=mkdir -p "$1/etc/initramfs-tools" && echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"',
      `--customize-hook=chroot "$1" sh -c '${more}'`,
      release, made, ...sources(release, mirror),
    ],
    { epoch, signal, onDetail },
  ); // prettier-ignore
}

/** Puts users, units, settings and the initrd into the packages, without the network. */
export async function setUp(
  packages: { release: Release; tar: string; key: string },
  options: DebianOptions,
): Promise<DebianBase & { kept: boolean }> {
  const { path, key, kept } = await options.cache.keep(
    'base',
    ['1', packages.key, await digestOfFolder(boxAssets)],
    async (made) => {
      const boot = join(made, 'boot');
      await mkdir(boot, { recursive: true });
      const tar = join(made, 'system.tar');
      await mmdebstrap(
        [
          '--variant=custom', '--skip=update,cleanup/apt',
          // Devices come with every new root by themselves.
          `--setup-hook=mmtarfilter "--path-exclude=/dev/*" <${quoted(packages.tar)} | tar -C "$1" --numeric-owner -x`,
          `--customize-hook=tar -C ${quoted(join(boxAssets, 'tree'))} --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -c . | tar -C "$1" -x`,
          `--customize-hook=mkdir "$1/hearth-setup" && cp -r ${quoted(join(boxAssets, 'setup.sh'))} ${quoted(join(boxAssets, 'initramfs'))} "$1/hearth-setup/"`,
          '--customize-hook=chroot "$1" sh /hearth-setup/setup.sh /hearth-setup',
          `--customize-hook=copy-out /boot /usr/share/hearth/boot /usr/share/hearth/kernel /var/lib/dpkg/status ${made}`,
          '--customize-hook=rm -rf "$1"/hearth-setup "$1"/boot/* "$1"/usr/share/hearth/boot',
          '', tar,
        ],
        options,
      ); // prettier-ignore
      await writeFile(join(made, 'end'), String(await tarEnd(tar)));
    },
    options.fresh,
  );
  return {
    release: packages.release,
    tar: join(path, 'system.tar'),
    bytes: Number(await readFile(join(path, 'end'), 'utf8')),
    boot: join(path, 'boot'),
    kernel: (await readFile(join(path, 'kernel'), 'utf8')).trim(),
    packages: installedPackages(await readFile(join(path, 'status'), 'utf8')),
    key,
    kept,
  };
}

/** A path inside a shell word; mmdebstrap's hooks are shell by its own contract. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** Runs mmdebstrap: as root directly, else in a user namespace. Throws `image-mirror`, `image-namespaces`, `image-packages`. */
async function mmdebstrap(
  args: readonly string[],
  { epoch, signal, onDetail }: Pick<DebianOptions, 'epoch' | 'signal' | 'onDetail'>,
): Promise<void> {
  const argv = ['mmdebstrap', `--mode=${process.getuid?.() === 0 ? 'root' : 'unshare'}`, '--format=tar', ...args];
  const last: string[] = [];
  const result = await runProcess(['nice', 'sh', '-c', 'exec "$@" 2>&1', 'sh', ...argv], {
    signal,
    timeoutMs: longest,
    env: { ...plainEnvironment(), SOURCE_DATE_EPOCH: String(epoch) },
    onLine(line) {
      last.push(line);
      if (last.length > 40) last.shift();
      const said = /^I: ([a-z][^/]*?)(\.\.\.)?$/.exec(line)?.[1];
      if (said && !said.startsWith('running ')) onDetail(said);
    },
  });
  if (result.code === 0) return;
  throw failed(last, argv, result.timedOut);
}

function failed(output: string[], argv: readonly string[], timedOut: boolean): ProblemError {
  const text = output.join('\n');
  const words = (code: string, title: string, detail: string, fix: string): ProblemError =>
    new ProblemError({ code, title, detail, fix, command: argv.slice(0, 4).join(' '), output });
  if (timedOut) return words('image-packages', 'The packages took too long', 'They were not there after an hour.', 'Try again with a faster mirror (--mirror).'); // prettier-ignore
  if (/unshare|newuidmap|subuid|user namespace/i.test(text) && process.getuid?.() !== 0)
    return words(
      'image-namespaces',
      'This user may not build an image',
      'Building without root needs user namespaces, and a range of ids for this user in /etc/subuid and /etc/subgid.',
      'Run the build as root (sudo npm run box:build), or set up /etc/subuid and /etc/subgid and install uidmap.',
    );
  if (/404|Could not resolve|Unable to (connect|fetch|locate)|Failed to fetch|Temporary failure|Connection/i.test(text))
    return words(
      'image-mirror',
      'The Debian packages could not be fetched',
      output.findLast((line) => /^(E|Err|W):/.test(line)) ?? 'The mirror did not answer.',
      'See whether this computer reaches the mirror, or name another one (--mirror).',
    );
  if (/No space left/i.test(text)) return words('disk-full', 'The disk is full', 'The packages did not fit.', 'Free about 4 GB in the temporary and the cache folder.'); // prettier-ignore
  return words(
    'image-packages',
    'The packages could not be put together',
    output.find((line) => line.startsWith('E:')) ?? output.at(-1) ?? '',
    'The last lines below tell more; try again.',
  );
}
