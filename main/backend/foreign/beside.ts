import { dirname, isAbsolute, join } from 'node:path';
import type { ForeignDisk, ForeignMachine } from '../../contract/foreign.ts';
import { ProblemError } from '../../contract/problem.ts';
import { openForeign } from './file.ts';
import type { Opened } from './file.ts';
import { readDisk } from './header.ts';
import type { LooseDisk } from './loose.ts';
import { baseName } from './parts.ts';

/**
 * The machine with what its disks' own files tell: those that came along with the description, else, of a description that lies
 * on this computer, the files beside it and those it names from the root on. Only beginnings are read.
 */
export async function withFiles(machine: ForeignMachine, description: Opened, along: readonly LooseDisk[]): Promise<ForeignMachine> {
  const disks: ForeignDisk[] = [];
  for (const each of machine.disks) disks.push(await withFile(each, description, along));
  return { ...machine, disks };
} // prettier-ignore

async function withFile(disk: ForeignDisk, description: Opened, along: readonly LooseDisk[]): Promise<ForeignDisk> {
  if (disk.file === undefined) return disk;
  const name = baseName(disk.file);
  const came = along.find(({ file }) => file.name === name) ?? along.find(({ file }) => withoutEnding(file.name) === withoutEnding(name)); // prettier-ignore
  const { file, facts } = came ?? (await beside(disk.file, name, description)) ?? {};
  if (!file) return disk;
  // What lies here is what would be imported: its own header counts, whatever the description says of the original.
  const { why: _why, ...rest } = disk;
  const against = facts?.why ?? (facts ? undefined : `${file.name} is no disk image that Hearth knows.`);
  return {
    ...rest,
    ...(facts && { format: facts.format }),
    ...(facts?.size !== undefined && { size: facts.size }),
    found: file.path ?? file.name,
    usable: against === undefined,
    ...(against !== undefined && { why: against }),
  };
}
const withoutEnding = (name: string): string => name.replace(/\.\w{2,5}$/, '').toLowerCase();

async function beside(
  written: string,
  name: string,
  description: Opened,
): Promise<{ file: Opened; facts: LooseDisk['facts'] | undefined } | undefined> {
  if (description.path === undefined) return undefined;
  const places = [join(dirname(description.path), name), ...(isAbsolute(written) ? [written] : [])];
  for (const path of places) {
    try {
      const file = await openForeign({ path });
      return { file, facts: await readDisk(file) };
    } catch (error) {
      // Not there, or not for us: the description stands alone.
      if (!(error instanceof ProblemError)) throw error;
    }
  }
  return undefined;
}
