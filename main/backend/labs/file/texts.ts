import type { LabFile } from '../../../contract/labs/file.ts';
import { cleanMarkdown } from '../markdown.ts';
import { variablesOf } from './fill.ts';
import type { Tell } from './tell.ts';

/** What a page would not show of a text is told to its author; what is typed goes into a machine of the file. */
export function textRules(lab: LabFile, tell: Tell): void {
  const prose = (path: readonly (string | number)[], text: string | undefined): void => {
    if (text === undefined) return;
    for (const what of new Set(cleanMarkdown(text).taken)) tell(path, `${what} is not shown.`, 'warning');
  };
  prose(['ending'], lab.ending);
  for (const [at, step] of lab.steps.entries()) {
    const path = ['steps', at];
    prose([...path, 'text'], step.text);
    for (const [index, hint] of step.hints.entries()) prose([...path, 'hints', index], hint);
    for (const [index, check] of step.checks.entries()) prose([...path, 'checks', index, 'message'], check.message);
    for (const [, machine] of step.text.matchAll(/^ {0,3}(?:`{3,}|~{3,})type[^\n]*\bmachine=([^\s`]+)/gm))
      if (variablesOf(machine ?? '').length === 0 && !lab.machines.some(({ name }) => name === machine)) tell([...path, 'text'], `There is no machine "${machine}" in the file to type into.`); // prettier-ignore
  }
}
