import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { labFileLimit } from '../../contract/labs/file.ts';
import type { LabFile } from '../../contract/labs/file.ts';
import { labNameSchema } from '../../contract/labs/words.ts';
import type { YamlFinding } from '../../contract/machine.ts';
import { readLab } from '../../backend/labs/file/read.ts';
import { labFileName } from '../../backend/labs/library/library.ts';
import { UsageError } from '../command.ts';

/** A lab file that was named on the command line, and what is wrong with it. */
export interface NamedFile {
  path: string;
  findings: YamlFinding[];
  lab?: LabFile;
}

/** Reads a lab file, or the one of a folder. */
export async function readNamed(name: string): Promise<NamedFile> {
  const given = resolve(name);
  const found = await stat(given).catch(() => undefined);
  const path = found?.isDirectory() ? join(given, labFileName) : given;
  const size = found?.isDirectory() ? await stat(path).then((each) => each.size, () => undefined) : found?.size; // prettier-ignore
  if (size === undefined) throw new UsageError(`there is no ${relative('.', path) || path}`);
  if (size <= labFileLimit) return { path, ...(await readLab(await readFile(path, 'utf8'), { own: true })) };
  const message = `The file has ${size} bytes; a lab file may have ${labFileLimit}.`;
  return { path, findings: [{ severity: 'error', message, line: 1, column: 1 }] };
}

/** FILE:LINE:COLUMN, as editors and terminals take it. */
export const told = (path: string, { severity, line, column, path: field, message }: YamlFinding): string =>
  `${relative('.', path) || path}:${line}:${column}: ${severity}: ${message}${field ? ` (${field})` : ''}`;

/** A lab of the library by its name, or one in a folder (or its file there), which then is the development folder. */
export async function whichLab(argument: string): Promise<{ name: string; folder?: string }> {
  const given = resolve(argument);
  const found = await stat(given).catch(() => undefined);
  if (!found && labNameSchema.safeParse(argument).success) return { name: argument };
  const folder = found?.isDirectory() ? given : found && basename(given) === labFileName ? dirname(given) : undefined;
  if (folder === undefined) throw new UsageError(`"${argument}" is no name of a lab, no folder of one and no ${labFileName}`); // prettier-ignore
  const { path, findings, lab } = await readNamed(folder);
  for (const finding of findings) process.stderr.write(`${told(path, finding)}\n`);
  if (!lab) throw new UsageError('the lab file is not right');
  return { name: lab.metadata.name, folder };
}
