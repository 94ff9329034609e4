import type { LabFile } from '../../../contract/labs/file.ts';
import type { Tell } from './tell.ts';

/** Everything that has a name has one of its own. */
export function nameRules(lab: LabFile, tell: Tell): void {
  const unique = <T>(what: string, path: readonly (string | number)[], all: readonly T[], name: (one: T) => string, field: string): void => {
    const seen = new Set<string>();
    for (const [at, one] of all.entries()) {
      const own = name(one);
      if (seen.has(own)) tell([...path, at, field], `There is ${what} "${own}" already.`);
      seen.add(own);
    }
  }; // prettier-ignore
  unique('a machine', ['machines'], lab.machines, ({ name }) => name, 'name');
  unique('an image', ['images'], lab.images, ({ name }) => name, 'name');
  unique('a network', ['networks'], lab.networks, ({ name }) => name, 'name');
  unique('a step', ['steps'], lab.steps, ({ id }) => id, 'id');
  for (const [at, step] of lab.steps.entries()) {
    unique('a check', ['steps', at, 'checks'], step.checks, ({ id }) => id, 'id');
    unique('a block', ['steps', at, 'blocks'], step.blocks, ({ id }) => id, 'id');
  }
  for (const [at, machine] of lab.machines.entries())
    unique('a forward of', ['machines', at, 'forwards'], machine.forwards, String, '');
  objectNames(lab, tell);
}

/** Objects of the file, and those that its machines and networks become. */
function objectNames(lab: LabFile, tell: Tell): void {
  const made = new Map<string, string>();
  for (const { name } of lab.networks) made.set(`NetworkAttachmentDefinition ${name}`, `the network ${name}`);
  for (const { name, forwards } of lab.machines) {
    const by = `the machine ${name}`;
    for (const key of [`VirtualMachine ${name}`, `Secret ${name}-cloud-init`, `DataVolume ${name}-root`]) made.set(key, by); // prettier-ignore
    for (const port of forwards) made.set(`Service ${name}-tcp-${port}`, by);
  }
  for (const [at, { kind, metadata }] of lab.objects.entries()) {
    const key = `${kind} ${metadata.name}`;
    const by = made.get(key);
    if (by) tell(['objects', at, 'metadata', 'name'], `${key} is made by ${by} already.`);
    made.set(key, 'another object of the file');
  }
}
