import type { DiskInside } from '../../contract/inside.ts';
import type { SystemGuess } from '../../contract/image-system.ts';
import { lookInside } from '../triage/look.ts';
import { knownSystems } from './systems/guess.ts';
import { identifyFile } from './systems/identify.ts';

/** What a file of this computer holds: the system, and of a disk what lies on it. */
export interface FileFindings {
  system?: SystemGuess | undefined;
  inside?: DiskInside | undefined;
}

/** Looks into a file of this computer that is or becomes an image. Throws what reading throws. */
export async function lookIntoFile(path: string, fileName: string): Promise<FileFindings> {
  const [named, inside] = await Promise.all([identifyFile(path, fileName), lookInside({ path })]);
  return { system: systemBy(named, inside), inside };
}

/** A disk's own loaders say more than the file's name, unless the name has the version of the same system. Pure. */
export function systemBy(named: SystemGuess | undefined, inside: DiskInside | undefined): SystemGuess | undefined {
  const own = inside?.system;
  if (!own || (named && (named.from !== 'name' || named.id === own.id))) return named;
  const known = knownSystems().find(({ id }) => id === own.id);
  return known && { ...known, from: 'file', evidence: inside.evidence.slice(0, 120) };
}

/** What an image's object says of what is in it. Windows does not ask for cloud-init. Pure. */
export const insideMarks = (inside: DiskInside): Record<string, string> => ({
  'hearth.dev/inside': JSON.stringify(inside),
  ...(inside.family === 'windows' && { 'hearth.dev/cloud-init': 'false' }),
});
