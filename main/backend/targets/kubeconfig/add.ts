import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';
import type { addClusterSchema } from '../../../contract/targets.ts';
import { writeFileAtomic } from '../../json-file.ts';
import { privateFolder } from '../../paths.ts';
import type { DataPaths } from '../../paths.ts';
import type { NewTarget } from '../registry.ts';
import { folderOf } from '../folders.ts';
import { chooseContext, readSource } from './read.ts';

/** Keeps an own copy (0600) of the chosen context; the file it came from is neither changed nor needed any more. */
export async function addCluster(
  input: z.infer<typeof addClusterSchema>,
  paths: DataPaths,
  taken: ReadonlySet<string>,
): Promise<NewTarget> {
  const { text, folder } = await readSource(input);
  const chosen = await chooseContext(text, folder, input.context);
  if (chosen.programs.length > 0 && !input.allowExec) throw programsNotAllowed(chosen.programs);
  const id = freeId(input.name, taken);
  await privateFolder(join(paths.root, 'targets'));
  await privateFolder(folderOf(paths, id));
  const kubeconfig = join(folderOf(paths, id), 'kubeconfig');
  await writeFileAtomic(kubeconfig, chosen.text);
  return { id, name: input.name, kind: 'cluster', place: chosen.server.host, kubeconfig };
}

const programsNotAllowed = (programs: readonly string[]): ProblemError =>
  new ProblemError({
    code: 'kubeconfig-runs-programs',
    title: 'This kubeconfig runs programs',
    detail: `To sign in it runs: ${programs.join('; ')}`,
    fix: 'Allow it if you trust where the file comes from.',
    kind: 'denied',
    fields: { allowExec: 'Not allowed yet.' },
  });

/** Readable, a valid folder name, and new. */
function freeId(name: string, taken: ReadonlySet<string>): string {
  const words = name.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, ''); // prettier-ignore
  const base = `cluster-${words || 'x'}`.slice(0, 60);
  return taken.has(base) ? `${base}-${randomBytes(3).toString('hex')}` : base;
}
