import { faultKinds } from '../../../contract/faults.ts';
import type { LabAction } from '../../../contract/labs/actions.ts';
import type { Probe } from '../../../contract/labs/checks.ts';
import type { LabFile, LabMachine } from '../../../contract/labs/file.ts';
import { networkOf } from './known.ts';
import type { Tell } from './tell.ts';

type Path = readonly (string | number)[];

/** What is named is there: machines, images, networks. */
export function referenceRules(lab: LabFile, tell: Tell): void {
  const machines = new Set(lab.machines.map(({ name }) => name));
  const images = new Set(lab.images.map(({ name }) => name));
  for (const [at, machine] of lab.machines.entries()) {
    if (machine.image !== undefined && !images.has(machine.image))
      tell(['machines', at, 'image'], `There is no image "${machine.image}" in the file.`);
    if (machine.image === undefined && machine.disk === undefined)
      tell(['machines', at], 'A machine without an image needs "disk": how large its empty disk is.');
    networksOf(lab, machine, ['machines', at], tell);
  }
  const used = new Set(lab.machines.map(({ image }) => image));
  const named = JSON.stringify(lab.objects);
  for (const [at, { name }] of lab.images.entries())
    if (!used.has(name) && !named.includes(`{{image.${name}.`)) tell(['images', at, 'name'], `No machine uses the image "${name}".`, 'warning'); // prettier-ignore
  /** A machine that an action or a step of the learner may make later is not refused: clones have names of their own. */
  const later = new Set([...clonesOf(lab), ...objectMachines(lab), ...importsOf(lab)]);
  const files = new Set([...actionsOf(lab)].flatMap(([, action]) => action.export?.file ?? []));
  const machine = (path: Path, name: string | undefined): void => {
    if (name !== undefined && !machines.has(name) && !later.has(name)) tell(path, `There is no machine "${name}" in the file.`); // prettier-ignore
  };
  const probe = (path: Path, one: Probe): void => {
    for (const [kind, what] of Object.entries(one)) {
      if (typeof what !== 'object' || what === null) continue;
      const named = what as { machine?: string; from?: string; service?: string };
      machine([...path, kind, 'machine'], named.machine);
      machine([...path, kind, 'from'], named.from);
      if ((kind === 'http' || kind === 'tcp') && (named.machine === undefined) === (named.service === undefined))
        tell([...path, kind], 'Exactly one of: machine, service.');
    }
    if (one.api && one.api.name !== undefined && one.api.selector !== undefined) tell([...path, 'api'], 'Only one of: name, selector.'); // prettier-ignore
  };
  const act = (path: Path, action: LabAction): void => {
    for (const kind of [
      'power',
      'type',
      'ssh',
      'snapshot',
      'restore',
      'clone',
      'move',
      'fault',
      'cure',
      'export',
      'importDisk',
    ] as const)
      machine([...path, kind, 'machine'], action[kind]?.machine);
    if (action.wait?.for) probe([...path, 'wait', 'for'], action.wait.for);
    if (action.wait && (action.wait.for === undefined) === (action.wait.time === undefined)) tell([...path, 'wait'], 'Exactly one of: for, time.'); // prettier-ignore
    if (action.fault && faultKinds.filter((kind) => action.fault?.[kind] !== undefined).length !== 1) tell([...path, 'fault'], `Exactly one of: ${faultKinds.join(', ')}.`); // prettier-ignore
    if (action.import && !files.has(action.import.file)) tell([...path, 'import', 'file'], `No action of the file exports "${action.import.file}".`); // prettier-ignore
    const network = action.move?.network;
    if (network !== undefined && network !== 'pod' && !lab.networks.some(({ name }) => name === network)) tell([...path, 'move', 'network'], `There is no network "${network}" in the file.`); // prettier-ignore
  };
  for (const [path, action] of actionsOf(lab)) act(path, action);
  for (const [at, step] of lab.steps.entries()) {
    for (const [index, check] of step.checks.entries()) probe(['steps', at, 'checks', index], check);
    if (step.checks.length > 0 && step.solution.length === 0) tell(['steps', at], 'The step has checks and no solution: no test can show that it can be solved.', 'warning'); // prettier-ignore
  }
}

/** Every action of a file with its path. Pure. */
export function* actionsOf(lab: LabFile): Generator<[path: (string | number)[], action: LabAction]> {
  for (const [at, step] of lab.steps.entries()) {
    for (const [index, action] of step.before.entries()) yield [['steps', at, 'before', index], action];
    for (const [index, action] of step.solution.entries()) yield [['steps', at, 'solution', index], action];
    for (const [block, { actions }] of step.blocks.entries())
      for (const [index, action] of actions.entries()) yield [['steps', at, 'blocks', block, 'actions', index], action];
  }
}

/** Names of clones: `name`, or `name-1` to `name-N` for several. Pure. */
export const cloneNames = (name: string, count: number): string[] =>
  count === 1 ? [name] : Array.from({ length: count }, (_, at) => `${name}-${at + 1}`);

const clonesOf = (lab: LabFile): string[] =>
  [...actionsOf(lab)].flatMap(([, { clone }]) => (clone ? cloneNames(clone.name, clone.count) : []));
const importsOf = (lab: LabFile): string[] => [...actionsOf(lab)].flatMap(([, action]) => action.import?.machine ?? []);
const objectMachines = (lab: LabFile): string[] =>
  [...lab.objects, ...[...actionsOf(lab)].flatMap(([, { apply }]) => apply ?? [])].flatMap(({ kind, metadata }) =>
    kind === 'VirtualMachine' || kind === 'VirtualMachineInstance' ? [metadata.name] : [],
  );

function networksOf(lab: LabFile, machine: LabMachine, path: Path, tell: Tell): void {
  const seen = new Set<string>();
  for (const [at, text] of machine.networks.entries()) {
    const here = [...path, 'networks', at];
    const { name, address } = networkOf(text);
    if (seen.has(name)) tell(here, `The machine is on "${name}" already.`);
    seen.add(name);
    if (name === 'pod') {
      if (at > 0) tell(here, '"pod" has to be the first network of a machine.');
      if (address !== undefined) tell(here, 'Addresses on "pod" are given by the target.');
      continue;
    }
    const network = lab.networks.find((each) => each.name === name);
    if (!network) tell(here, `There is no network "${name}" in the file.`);
    else if (address !== undefined && !fits(address, network.subnet)) tell(here, `${address} is no address of ${network.subnet ?? 'a network'}.`); // prettier-ignore
  }
  if (machine.forwards.length > 0 && !seen.has('pod')) tell([...path, 'forwards'], 'Ports can be forwarded to machines on "pod" only.'); // prettier-ignore
  const taken = lab.machines.slice(0, lab.machines.indexOf(machine)).flatMap((each) => each.networks);
  for (const [at, text] of machine.networks.entries())
    if (text.includes('=') && taken.includes(text)) tell([...path, 'networks', at], `Another machine has ${text.replace('=', ': ')}.`); // prettier-ignore
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
function fits(address: string, subnet: string | undefined): boolean {
  if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(address) || address.split('.').some((part) => Number(part) > 255)) return false;
  if (subnet === undefined) return true;
  const [base = '', length = ''] = subnet.split('/');
  const size = 2 ** (32 - Number(length));
  const start = Math.floor(numberOf(base) / size) * size;
  return numberOf(address) > start && numberOf(address) < start + size - 1;
}
