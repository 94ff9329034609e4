import type { LabRow } from '../../../contract/labs/run.ts';
import type { OpenTarget } from '../../target/target.ts';
import { memoryOf } from '../preview/space.ts';
import type { LibraryLab } from './library.ts';
import { lacking } from './missing.ts';

/** What is known of a lab beside its file: its best result, and whether it runs on the current target. */
export type RowState = Pick<LabRow, 'best' | 'running'>;
/** What a row tells beside the file. */
export interface RowFacts {
  target: OpenTarget;
  /** Of those that labs ask for, the kinds that the target serves; undefined while that is not known. */
  served: ReadonlySet<string> | undefined;
  state: RowState;
}

/** One row of the library. */
export function labRow(entry: LibraryLab, facts: RowFacts): LabRow {
  const { lab, name, origin, problem } = entry;
  const more = facts.state;
  if (!lab)
    return { name, title: name, summary: problem?.detail ?? '', minutes: 0, level: '', tags: [], steps: 0, origin, version: '', memory: 0, missing: [], ...(problem && { problem }), ...more }; // prettier-ignore
  const { title, summary, minutes, level, tags, version } = lab.metadata;
  return {
    name,
    title,
    summary,
    minutes,
    level,
    tags,
    steps: lab.steps.length,
    origin,
    version,
    memory: memoryOf(lab),
    missing: lacking(lab, facts.target, facts.served),
    ...more,
  };
}

/** Shipped ones in the order that they are meant to be done, then the others by name. */
export const inOrder = (labs: readonly LibraryLab[]): LibraryLab[] =>
  labs.toSorted((one, other) => orderOf(one) - orderOf(other) || one.name.localeCompare(other.name));
const orderOf = ({ lab, origin }: LibraryLab): number => (origin === 'shipped' ? (lab?.metadata.order ?? 5000) : 20_000); // prettier-ignore
