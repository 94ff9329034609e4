import type { ContractHandlers } from '../../contract/contract.ts';
import { folderTrouble, labelTrouble, organiseKeys, tidyFolder } from '../../contract/organise-rules.ts';
import type { Organise } from '../../contract/organise.ts';
import { ProblemError } from '../../contract/problem.ts';
import { kinds } from '../target/kinds.ts';
import type { Scope } from '../target/scope.ts';

/** Metadata as a merge patch: null takes away. Throws a Problem with fields for what is no folder or label. Pure. */
export function organisePatch(input: Organise): { labels?: object; annotations?: object } {
  const fields: Record<string, string> = {};
  const folder = input.folder === undefined ? undefined : tidyFolder(input.folder);
  const trouble = folder === undefined ? undefined : folderTrouble(folder);
  if (trouble) fields['folder'] = trouble;
  for (const [key, value] of Object.entries(input.labels ?? {})) {
    const wrong = labelTrouble(key, value ?? '');
    if (wrong) fields[`labels.${key}`] = wrong;
  }
  if (Object.keys(fields).length > 0)
    throw new ProblemError({
      code: 'not-organisable',
      title: 'This cannot be written to the machine',
      detail: Object.values(fields)[0] ?? '',
      fields,
    });
  const annotations = {
    ...(folder !== undefined && { [organiseKeys.folder]: folder || null }),
    ...(input.notes !== undefined && { [organiseKeys.notes]: input.notes || null }),
    ...(input.keyCombinations && { [organiseKeys.keys]: input.keyCombinations.length > 0 ? JSON.stringify([...new Set(input.keyCombinations)]) : null }), // prettier-ignore
    ...(input.startOrder !== undefined && { [organiseKeys.startOrder]: input.startOrder === null ? null : String(input.startOrder) }), // prettier-ignore
    ...(input.startDelay !== undefined && { [organiseKeys.startDelay]: input.startDelay ? `${input.startDelay}s` : null }), // prettier-ignore
  };
  return {
    ...(input.labels && { labels: input.labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** Folders, labels, notes and start order of machines. */
export function createOrganise(scope: Scope): ContractHandlers['organise'] {
  return {
    async change(input) {
      const { namespace, name } = input;
      await scope.target().client.patch(kinds.virtualMachines, { namespace, name }, { metadata: organisePatch(input) });
    },
  };
}
