import { ProblemError } from '../../../main/contract/problem.ts';

/** As the build writes it (main/launch/parts.mjs). */
export interface Part {
  name: string;
  version: string;
  licence: string;
  text: number;
  folder?: string;
}
export interface LicenceFile {
  parts: readonly Part[];
  texts: readonly string[];
}

/** The list that was built with these pages. Throws the Problem `no-licences`. */
export async function licencesFrom(address: string, signal: AbortSignal): Promise<LicenceFile> {
  try {
    const answer = await fetch(address, { signal });
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    return (await answer.json()) as LicenceFile;
  } catch (cause) {
    throw new ProblemError(
      {
        code: 'no-licences',
        title: 'The list could not be read',
        detail: cause instanceof Error ? cause.message : String(cause),
        fix: 'Load the page again. In a folder of the sources: npm run build.',
      },
      { cause },
    );
  }
}

/** Parts whose name or licence has all words of the query. */
export function partsLike(parts: readonly Part[], query: string): readonly Part[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return parts.filter(({ name, licence }) => words.every((word) => `${name} ${licence}`.toLowerCase().includes(word)));
}
