import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EnginePaths } from '../kube/context.ts';

/**
 * The engine's folders, made where missing (0700). The run folder holds Unix sockets: short, and the same for the same
 * data folder, so that a new engine finds the VMs of the last one. Not XDG_RUNTIME_DIR: that one goes at logout, VMs stay.
 */
export const preparePaths = (dataDir: string, assets: string): EnginePaths => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const data = realpathSync(dataDir);
  const root = join(data, 'engine');
  const paths: EnginePaths = {
    root,
    objects: join(root, 'objects'),
    disks: join(root, 'disks'),
    scratch: join(root, 'scratch'),
    machines: join(root, 'machines'),
    run: runFolder(data),
    assets: resolve(assets),
  };
  for (const folder of [root, paths.objects, paths.disks, paths.scratch, paths.machines, join(root, 'tls')]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  return paths;
};

/** At the end: the run folder goes unless VMs that stay have their sockets in it. */
export const leaveRunFolder = (run: string): void => {
  try {
    rmdirSync(run);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
  }
};

const runFolder = (data: string): string => {
  const user = process.getuid?.();
  const base = process.platform === 'win32' ? tmpdir() : '/tmp';
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 12);
  const folder = join(base, `hearth-${user ?? 'u'}-${hash}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  // The parent folder is everybody's: somebody else's folder of this name must not be trusted.
  if (!found.isDirectory() || (user !== undefined && found.uid !== user)) {
    throw new Error(`${folder} exists and is not ours. Remove it, then start again.`);
  }
  if (user !== undefined) chmodSync(folder, 0o700);
  return folder;
};
