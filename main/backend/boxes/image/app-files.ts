import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import tar from 'tar-stream';
import { ProblemError } from '../../../contract/problem.ts';
import { boxModules, nodeFolder } from './app-modules.ts';

/** A file or link of the system, owned by root. */
export interface SystemFile {
  /** Without a slash first. */
  path: string;
  /** Program or plain file. */
  run: boolean;
  from: { file: string; size: number } | { bytes: Uint8Array } | { link: string };
}

const home = 'usr/lib/hearth';
/** What a program never reads, by its path in a package: types, texts, tests, settings of tools, and what is compiled for another system. */
const left = [
  /\.(d\.[cm]?ts|map|md|markdown|flow|tsbuildinfo|html|sh|bare)$/,
  /\/(test|tests|__tests__|example|examples|docs|benchmarks?|integration)\//,
  /\/\./,
  /^node_modules\/node-[^/]+\/(include|share)\//,
  // Made by npm on the computer that builds; without it ssh2 takes Node's own ciphers.
  /^node_modules\/ssh2\/lib\/protocol\/crypto\/build\//,
];

/**
 * Hearth itself as it lies on a box, and in its Debian package: programs, pages, assets, the packages it runs with, Node. Throws
 * `image-not-built`, `image-modules`.
 */
export async function appFiles(
  root: string,
  publicKeys: ReadonlyMap<string, string>,
  { node = nodeFolder(), binary = `${node}/bin/node` }: { node?: string; binary?: string } = {},
): Promise<SystemFile[]> {
  const files: SystemFile[] = [];
  for (const program of ['box.js', 'cli.js', 'backend.js', 'engine.js'])
    await lstat(join(root, 'out', 'main', program)).catch((cause: unknown) => {
      throw new ProblemError(
        {
          code: 'image-not-built',
          title: 'Hearth is not built here',
          detail: `out/main/${program} is missing.`,
          fix: 'Run `npm run build` in the folder of Hearth, then build the image again.',
        },
        { cause },
      );
    });
  for (const folder of ['out/main', 'out/renderer', 'assets', 'provisioning'])
    files.push(...(await below(root, folder, (path) => !path.startsWith('provisioning/packaging/'))));
  for (const folder of await boxModules(root, { node, binary }))
    // What lies in a package's own node_modules is a package of its own in the lock.
    files.push(...(await below(root, folder, (path) => !left.some((each) => each.test(path)) && !path.slice(folder.length).includes('/node_modules/')))); // prettier-ignore
  files.push(
    { path: `${home}/package.json`, run: false, from: { bytes: await readFile(join(root, 'package.json')) } },
    { path: `${home}/bin/node`, run: true, from: { link: `../${binary}` } },
    {
      path: 'usr/libexec/hearth/root-helper',
      run: true,
      from: { bytes: await readFile(join(root, 'provisioning', 'root-helper.sh')) },
    },
  );
  for (const [name, pem] of publicKeys)
    files.push({ path: `usr/share/hearth/keys/${name}.pub`, run: false, from: { bytes: Buffer.from(pem) } });
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
} // prettier-ignore

async function below(root: string, folder: string, wanted: (path: string) => boolean): Promise<SystemFile[]> {
  const files: SystemFile[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(root, file);
    // Programs of packages (.bin) are links, and are never called on a box.
    if (!entry.isFile() || !wanted(path)) continue;
    const { size, mode } = await lstat(file);
    // Of the packages' files only Node itself is started as a program.
    const run = path.startsWith('node_modules/') ? /^node_modules\/node-\w+-\w+\/bin\/node(\.exe)?$/.test(path) : (mode & 0o111) !== 0; // prettier-ignore
    files.push({ path: `${home}/${path}`, run, from: { file, size } });
  }
  return files;
}

/** Digest of all of them, in 64 hexadecimal digits. */
export async function digestOfFiles(files: readonly SystemFile[], signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, run, from } of files) {
    signal.throwIfAborted();
    hash.update(`${path}\0${run ? 'x' : ''}\0`);
    if ('link' in from) hash.update(from.link);
    else if ('bytes' in from) hash.update(from.bytes);
    else hash.update(`${from.size}\0`).update(await readFile(from.file));
  }
  return hash.digest('hex');
}

/** Writes them as a tar; every folder above them that `home` and the like need is in it. `mtime` in seconds since 1970. */
export async function writeTar(
  files: readonly SystemFile[],
  to: Writable,
  { mtime, signal }: { mtime: number; signal: AbortSignal },
): Promise<void> {
  const pack = tar.pack();
  const written = pipeline(pack, to, { signal, end: true });
  const common = { mtime: new Date(mtime * 1000), uid: 0, gid: 0, uname: 'root', gname: 'root' };
  const work = (async () => {
    const folders = new Set<string>();
    for (const { path } of files)
      for (let folder = dirname(path); folder.length > 4; folder = dirname(folder)) folders.add(folder);
    for (const folder of [...folders].toSorted())
      // usr/lib and the like are in the system already, with a time of their own.
      if (!['usr/lib', 'usr/bin', 'usr/share', 'usr/libexec'].includes(folder))
        pack.entry({ ...common, name: `${folder}/`, type: 'directory', mode: 0o755 });
    for (const { path, run, from } of files) {
      signal.throwIfAborted();
      const header = { ...common, name: path, mode: run ? 0o755 : 0o644 };
      if ('link' in from) pack.entry({ ...header, mode: 0o777, type: 'symlink', linkname: from.link });
      else if ('bytes' in from) pack.entry(header, Buffer.from(from.bytes));
      else await pipeline(createReadStream(from.file, { highWaterMark: 2 ** 20 }), pack.entry({ ...header, size: from.size }));
    }
    pack.finalize();
  })(); // prettier-ignore
  await Promise.all([work, written]);
}
