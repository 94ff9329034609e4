import type { LabFile } from '../../../contract/labs/file.ts';
import { asProblem } from '../../../contract/problem.ts';
import { compilePattern } from '../pattern.ts';
import { textsOf } from './fill.ts';
import type { Tell } from './tell.ts';

/** Every expression of a check, or of something that is waited for, can be used. */
export async function patternRules(lab: LabFile, tell: Tell): Promise<void> {
  for (const [path, text] of textsOf(lab.steps, ['steps'])) {
    if (path.at(-1) !== 'matches' || path.includes('apply') || path.includes('patch')) continue;
    try {
      await compilePattern(text);
    } catch (error) {
      tell(path, asProblem(error).detail);
    }
  }
}
