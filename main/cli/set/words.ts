import type { SetExport, SetFinding, SetObject, SetPlan, SetResult, SetSource, SetState } from '../../contract/sets.ts';

const nameOf = ({ kind, namespace, name }: SetObject): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
const at = ({ file, line }: { file?: string | undefined; line?: number | undefined }): string =>
  file === undefined ? '' : line === undefined || line === 0 ? file : `${file}:${line}`;
const findingLine = (each: SetFinding): string => `${at(each)}: ${each.message}`;
const block = (title: string, lines: readonly string[]): string[] => lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]; // prettier-ignore

/** What applying would do, object by object; what stays as it is is counted. Pure. */
export function planText({ objects, findings, commit }: SetPlan): string {
  if (findings.length > 0)
    return [...block('Wrong, so nothing would be applied', findings.map(findingLine)), ''].join('\n');
  const by = (word: SetObject['word'], tell: (about: SetObject) => string = nameOf): string[] =>
    objects.filter((about) => about.word === word).map(tell);
  const why = (about: SetObject): string => `${nameOf(about)}${about.file === undefined ? '' : ` (${at(about)})`}: ${about.detail ?? ''}`; // prettier-ignore
  const count = (word: SetObject['word']): number => objects.filter((about) => about.word === word).length;
  return [
    ...(commit === undefined ? [] : [`Commit ${commit.slice(0, 12)}`]),
    ...block('Create', by('create')),
    ...block('Change', by('change', (about) => `${nameOf(about)}${about.fields === undefined ? '' : `: ${about.fields.join(', ')}`}`)), // prettier-ignore
    ...block('Remove', by('remove')),
    ...block('Refused', by('refused', why)),
    ...block('Left out of the folder, and not here', by('missing', why)),
    ...block('Kept', by('keep', why)),
    ...block('Only on the target', by('only there')),
    `${count('create')} to create, ${count('change')} to change, ${count('remove')} to remove, ${count('unchanged')} unchanged`,
    '',
  ].join('\n');
}

/** What an apply did. Pure. */
export function resultText(result: SetResult): string {
  const { created, changed, removed, unchanged, told, findings, problem, commit } = result;
  const undone = told.filter(({ word }) => word !== 'keep');
  return [
    ...(commit === undefined ? [] : [`Commit ${commit.slice(0, 12)}`]),
    ...(problem ? [`${problem.title}: ${problem.detail}`, ...(problem.fix === undefined ? [] : [`  what to do: ${problem.fix}`])] : []), // prettier-ignore
    ...block('Wrong, so nothing was applied', findings.map(findingLine)),
    ...block('Not applied', undone.map((about) => `${nameOf(about)}${about.file === undefined ? '' : ` (${at(about)})`}: ${about.detail ?? ''}`)), // prettier-ignore
    ...block('Kept', told.filter(({ word }) => word === 'keep').map((about) => `${nameOf(about)}: ${about.detail ?? ''}`)), // prettier-ignore
    `created ${created}, changed ${changed}, removed ${removed}, unchanged ${unchanged}`,
    '',
  ].join('\n');
}

/** What an export wrote, and what it could not. Pure. */
export const exportText = ({ dir, written, unchanged, removed, foreign, left }: SetExport): string =>
  [
    ...block('Written', written),
    ...block('Removed', removed),
    ...block('Left as they are: written or changed by somebody else (--overwrite replaces them)', foreign),
    ...block('Not in the files', left),
    `${dir}: ${written.length} written, ${removed.length} removed, ${unchanged} unchanged`,
    '',
  ].join('\n');

const sourceText = (source: SetSource): string => source.type === 'folder' ? source.dir : `${source.url}, branch ${source.branch}${source.within === '' ? '' : `, folder ${source.within}`}, every ${source.every} s`; // prettier-ignore

/** How the target stands. Pure. */
export const stateText = ({ follow, busy, last }: SetState): string =>
  [
    follow ? `Follows ${sourceText(follow.source)} as ${follow.name}${follow.pruneDisks ? ', removes what is gone, disks too' : follow.prune ? ', removes what is gone' : ''}, while Hearth runs` : 'Follows nothing', // prettier-ignore
    ...(busy ? ['It is applied just now.'] : []),
    ...(last ? [`Last applied ${last.at}: ${last.ok ? 'all is as it should be' : 'not all of it'}`, resultText(last)] : ['Nothing was applied yet.', '']), // prettier-ignore
  ].join('\n');
