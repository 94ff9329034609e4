import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
});
/** The Node of a processor; of the optional packages the only one that is taken. */
export const nodeFolder = (arch: 'x64' | 'arm64' = 'x64'): string => `node_modules/node-linux-${arch}`;

/**
 * Folders of the packages that run on a box or from a package (`node_modules/...`), by the lock file: what is needed only to build
 * or test, and what npm may leave out, stays behind. Throws `image-modules` when one is missing or of another version than the lock says.
 */
export async function boxModules(
  root: string,
  { node = nodeFolder(), binary = `${node}/bin/node` }: { node?: string; binary?: string } = {},
): Promise<string[]> {
  const { packages } = lockSchema.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  const wanted = Object.entries(packages).filter(
    ([path, { dev, optional, devOptional, link }]) =>
      path.startsWith('node_modules/') && !dev && !devOptional && !link && (!optional || path === node),
  );
  for (const [path, { version }] of wanted) {
    const there = await readFile(join(root, path, 'package.json'), 'utf8').catch(() => undefined);
    const found = there === undefined ? undefined : z.object({ version: z.string() }).parse(JSON.parse(there)).version;
    if (found !== version)
      throw new ProblemError({
        code: 'image-modules',
        title: 'The programs of Hearth are not complete here',
        detail: found ? `${path} is ${found}, not ${version ?? 'any'}.` : `${path} is missing.`,
        fix: 'Run `npm ci` in the folder of Hearth, then build again.',
      });
  }
  await access(join(root, binary));
  return wanted.map(([path]) => path).toSorted();
}
