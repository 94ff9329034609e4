import { spawn } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';
import { fetchVerified, fetchWhole } from './download.ts';
import { unxz } from './xz.ts';

/** One binary package of the archive. */
export interface Package {
  name: string;
  version: string;
  depends: string;
  sha256: string;
  size: number;
  url: string;
}

/** One suite, opened: its packages, and whether its signature was checked. */
export interface Suite {
  packages: Map<string, Package>;
  signature: 'verified' | 'not checked';
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Opens `dists/<suite>`: InRelease, its signature where gpgv and Debian's keyring are here, then the verified package index. */
export async function openSuite(
  mirror: string,
  suite: string,
  wanted: ReadonlySet<string>,
  options: { cache: string; signal?: AbortSignal },
): Promise<Suite> {
  const base = mirror.replace(/\/$/, '');
  const release = await fetchWhole(`${base}/dists/${suite}/InRelease`, options.signal);
  const signature = await checkSignature(release);
  const path = 'main/binary-amd64/Packages.xz';
  const sha256 = releaseDigest(release.toString('utf8'), path);
  const index = await fetchVerified(
    `${base}/dists/${suite}/main/binary-amd64/by-hash/SHA256/${sha256}`,
    sha256,
    options.cache,
    options.signal ? { signal: options.signal } : {},
  );
  const text = (await unxz(index, options.signal)).toString('utf8');
  return { packages: parsePackages(text, base, wanted), signature };
}

/** SHA-256 that a Release file states for one of its files. */
export function releaseDigest(release: string, path: string): string {
  const section = /^SHA256:\n((?: .*\n?)+)/m.exec(release)?.[1] ?? '';
  for (const line of section.split('\n')) {
    const [digest, , name] = line.trim().split(/\s+/);
    if (name === path && digest && /^[0-9a-f]{64}$/.test(digest)) return digest;
  }
  throw new Error(`the archive's Release file does not name ${path}`);
}

/** The stanzas of the wanted packages and of kernels, by name; the newest where one comes twice. */
export function parsePackages(text: string, base: string, wanted: ReadonlySet<string>): Map<string, Package> {
  const found = new Map<string, Package>();
  for (const stanza of text.split('\n\n')) {
    const name = stanza.slice('Package: '.length, stanza.indexOf('\n'));
    if (!wanted.has(name) && !name.startsWith('linux-image-')) continue;
    const field = (key: string): string => new RegExp(`^${key}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
    const entry: Package = {
      name,
      version: field('Version'),
      depends: field('Depends'),
      sha256: field('SHA256'),
      size: Number(field('Size')),
      url: `${base}/${field('Filename')}`,
    };
    const other = found.get(name);
    if (!other || compareVersions(entry.version, other.version) > 0) found.set(name, entry);
  }
  return found;
}

/** Debian's version order (deb-version(7)). */
export function compareVersions(a: string, b: string): number {
  const split = (version: string): [number, string, string] => {
    const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/.exec(version) ?? [];
    const dash = rest.lastIndexOf('-');
    return [Number(epoch), dash < 0 ? rest : rest.slice(0, dash), dash < 0 ? '' : rest.slice(dash + 1)];
  };
  const [epochA, upstreamA, revisionA] = split(a);
  const [epochB, upstreamB, revisionB] = split(b);
  return epochA - epochB || compareParts(upstreamA, upstreamB) || compareParts(revisionA, revisionB);
}

function compareParts(a: string, b: string): number {
  // `~` sorts before the end, letters before everything else.
  const weight = (char: string | undefined): number => {
    if (char === undefined) return 0;
    if (char === '~') return -1;
    return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
  };
  const tokens = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const left = /^\d/.test(a) ? ['', ...tokens(a)] : tokens(a);
  const right = /^\d/.test(b) ? ['', ...tokens(b)] : tokens(b);
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [one = '', two = ''] = [left[index], right[index]];
    if (index % 2) {
      const difference = Number(one || 0) - Number(two || 0);
      if (difference) return difference;
      continue;
    }
    for (let at = 0; at < Math.max(one.length, two.length); at += 1) {
      const difference = weight(one[at]) - weight(two[at]);
      if (difference) return difference;
    }
  }
  return 0;
}

/** Whether this computer has gpgv and Debian's keyring, so that signatures of the archive can be checked. */
export async function canCheckSignatures(): Promise<boolean> {
  try {
    await access(keyring);
  } catch {
    return false;
  }
  return (await gpgv(['--version'])) !== undefined;
}

/** Throws when the signature is bad; "not checked" where the tools are missing. */
async function checkSignature(release: Buffer): Promise<Suite['signature']> {
  if (!(await canCheckSignatures())) return 'not checked';
  const folder = await mkdtemp(join(tmpdir(), 'hearth-release-'));
  try {
    const file = join(folder, 'InRelease');
    await writeFile(file, release, { mode: 0o600 });
    const result = await gpgv(['--quiet', '--keyring', keyring, file]);
    if (result?.code === 0) return 'verified';
    throw new ProblemError({
      code: 'archive-signature',
      title: 'The package archive is not signed by Debian',
      detail: "The signature of the mirror's package list does not fit Debian's keys.",
      cause: 'Something between here and the mirror changes files, or the keys on this computer are too old.',
      fix: 'Choose another Debian mirror in Settings, or update the package debian-archive-keyring.',
      output: (result?.errors ?? '').trim().split('\n').slice(-5),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Undefined where there is no gpgv. */
async function gpgv(args: string[]): Promise<{ code: number | null; errors: string } | undefined> {
  const child = spawn('gpgv', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve(undefined) : reject(error)));
    child.on('close', (code) => resolve({ code, errors }));
  });
}
