import type { LabFile } from '../../../contract/labs/file.ts';
import { textsOf, variablesOf } from './fill.ts';
import { ownVariables, variableSince } from './known.ts';
import type { Tell } from './tell.ts';

/** Parts of a file that are made before anything runs: an address or a port of this computer is not known yet there. */
const early = new Set(['machines', 'objects']);
/** Parts in which nothing is filled in. */
const fixed = new Set(['metadata', 'needs', 'networks', 'images', 'variables', 'apiVersion', 'kind']);

/** Every `{{variable}}` has a value where it stands, every `{{do:ID}}` is a block of its step. */
export function variableRules(lab: LabFile, tell: Tell): void {
  for (const name of Object.keys(lab.variables)) {
    if ((ownVariables as readonly string[]).includes(name)) tell(['variables', name], `"${name}" is a variable of Hearth's own.`); // prettier-ignore
    if (lab.machines.some((machine) => machine.name === name)) tell(['variables', name], `"${name}" is a machine.`);
  }
  for (const { name } of lab.machines)
    if (name === 'image' || name === 'service') tell(['machines', lab.machines.findIndex((each) => each.name === name), 'name'], `"${name}" cannot be the name of a machine: variables begin with it.`); // prettier-ignore
  for (const [path, text] of textsOf(lab)) {
    const [part = '', at] = path;
    for (const name of variablesOf(text)) {
      if (name.startsWith('do:')) blockUsed(lab, path, name.slice(3), tell);
      else if (fixed.has(String(part))) tell(path, `{{${name}}}: nothing is filled in here.`);
      else {
        const since = variableSince(lab, name);
        if (since === undefined) tell(path, `There is no variable {{${name}}}. To write it as it is, put a backslash before it.`); // prettier-ignore
        else if (since === 'runs' && early.has(String(part)))
          tell(path, `{{${name}}} is known only once the lab runs${at === undefined ? '' : ', and this is made before'}.`); // prettier-ignore
      }
    }
  }
  for (const [at, step] of lab.steps.entries()) {
    const used = new Set(variablesOf(step.text));
    for (const [index, { id }] of step.blocks.entries())
      if (!used.has(`do:${id}`)) tell(['steps', at, 'blocks', index, 'id'], `The text of the step has no {{do:${id}}}: the button stands at its end.`, 'warning'); // prettier-ignore
  }
}

function blockUsed(lab: LabFile, path: readonly (string | number)[], id: string, tell: Tell): void {
  const [part, at, field] = path;
  const step = part === 'steps' && field === 'text' ? lab.steps[Number(at)] : undefined;
  if (!step) tell(path, `{{do:${id}}} belongs into the text of a step.`);
  else if (!step.blocks.some((block) => block.id === id)) tell(path, `This step has no block "${id}".`);
}
