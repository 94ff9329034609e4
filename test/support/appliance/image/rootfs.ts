import { execa } from 'execa';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface RootfsRecipe {
  readonly suite: string;
  readonly mirror: string;
  readonly packages: readonly string[];
  /** Patterns of paths that are left out. */
  readonly left: readonly string[];
  /** Further arguments of mmdebstrap, e.g. `--customize-hook=PROGRAM`. */
  readonly hooks: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const isRoot = (): boolean => process.getuid?.() === 0;
/** Runs a program as the owner of the guest's files: root, or root of a user namespace with the same subordinate ids. */
export const asRoot = (program: string, args: readonly string[], timeout: number) =>
  isRoot()
    ? execa(program, args, { timeout })
    : execa('unshare', ['--user', '--map-root-user', '--map-auto', program, ...args], { timeout });
/** Removes a folder that may have such files in `root`. */
export const removeTree = async (path: string): Promise<void> => {
  const foreign = !isRoot() && (await access(join(path, 'root')).then(() => true, () => false)); // prettier-ignore
  if (foreign) await asRoot('rm', ['-rf', '--one-file-system', path], 120_000);
  else await rm(path, { recursive: true, force: true, maxRetries: 3 });
};

/** Debian in a folder, made by mmdebstrap. Throws when it fails; its last lines are in the error. */
export async function rootfs(root: string, recipe: RootfsRecipe): Promise<void> {
  const args = [
    `--mode=${isRoot() ? 'root' : 'unshare'}`,
    '--variant=minbase',
    `--include=${recipe.packages.join(',')}`,
    '--aptopt=Apt::Install-Recommends "false"',
    ...recipe.left.map((path) => `--dpkgopt=path-exclude=${path}`),
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    ...recipe.hooks,
    recipe.suite,
  ];
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive', ...recipe.env }, timeout: 10 * 60_000 };
  if (isRoot()) return void (await execa('mmdebstrap', [...args, root, recipe.mirror], options));
  const tar = `${root}.tar`;
  await execa('mmdebstrap', [...args, tar, recipe.mirror], options);
  await mkdir(root);
  await asRoot('tar', ['-C', root, '--numeric-owner', '-xpf', tar], 300_000);
  await rm(tar);
}
