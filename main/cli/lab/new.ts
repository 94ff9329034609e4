import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { assetsFolder } from '../../backend/paths.ts';
import { labFileName } from '../../backend/labs/library/library.ts';
import { labNameSchema } from '../../contract/labs/words.ts';
import { exit, UsageError } from '../command.ts';

/** Writes a lab to begin with, named as its folder. What is there is never written over. */
export async function newLab([folder, ...more]: string[]): Promise<number> {
  if (folder === undefined || folder.startsWith('-') || more.length > 0) throw new UsageError('give a folder');
  const path = resolve(folder);
  const name = basename(path);
  if (!labNameSchema.safeParse(name).success) throw new UsageError(`"${name}" cannot be the name of a lab: lowercase letters, digits and dashes`); // prettier-ignore
  const text = await readFile(join(assetsFolder, 'labs', 'template.yaml'), 'utf8');
  await mkdir(path, { recursive: true });
  try {
    await writeFile(join(path, labFileName), text.replace('name: NAME', `name: ${name}`), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${relative('.', join(path, labFileName))} is there already`);
  }
  process.stdout.write(`${join(path, labFileName)}\nCheck it:  hearth lab validate ${folder}\nTry it:    hearth lab run ${folder}\n`); // prettier-ignore
  return exit.ok;
}
