import { basename } from 'node:path';
import type { ContractHandlers } from '../../../contract/contract.ts';
import type { SystemGuess } from '../../../contract/image-system.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { kinds } from '../../target/kinds.ts';
import type { OpenTarget } from '../../target/target.ts';
import { lookIntoFile } from '../inside.ts';
import { checkLocalFile } from '../local-file.ts';
import { imageNamespace, notInLibrary, systemMarks } from '../manifest.ts';
import { knownSystems } from './guess.ts';
import { identifyAddress } from './identify.ts';

type Handlers = Pick<ContractHandlers['images'], 'systems' | 'identifyFile' | 'identifyAddress' | 'setSystem'>;

/** What pages ask about systems of images. */
export const systemHandlers = (target: OpenTarget): Handlers => ({
  systems: () => knownSystems(),
  async identifyFile({ path }) {
    const file = await checkLocalFile(path);
    return (await lookIntoFile(file.path, basename(path))).system ?? null;
  },
  identifyAddress: ({ url }) => identifyAddress(url) ?? null,
  async setSystem({ namespace, name, system }) {
    if (namespace !== imageNamespace) throw notInLibrary(namespace, name);
    await target.client.patch(kinds.dataVolumes, { namespace, name }, { metadata: systemMarks(chosenSystem(system)) });
  },
});

/** A system that a person named. Throws a ProblemError for one that is not known. */
export function chosenSystem(id: string): SystemGuess {
  const found = knownSystems().find((each) => each.id === id);
  if (found) return found;
  throw new ProblemError({
    code: 'unknown-system',
    title: 'This system is not known',
    detail: `"${id.slice(0, 40)}" is none of the systems that Hearth knows.`,
    fix: `Choose one of: ${knownSystems().map((each) => each.id).join(', ')}.`,
    fields: { system: 'not known' },
  }); // prettier-ignore
}
