import { parseDocument } from 'yaml';
import { mostAtOnce, namesOf } from '../../contract/batch.ts';
import type { PatternTrouble } from '../../contract/batch.ts';
import { cloudInitYaml } from '../../contract/cloud-init.ts';
import type { CreateMachine } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { renamed } from '../snapshots/own-data.ts';
import { foreseeMachines } from './create.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import type { Tasks } from '../tasks/tasks.ts';

const troubles: Record<PatternTrouble, string> = {
  shape: 'A pattern has one range of numbers, such as web-{1..5}.',
  order: 'The range counts upwards: the smaller number comes first.',
  many: `At most ${mostAtOnce} machines are made at once.`,
  name: 'The names have lowercase letters, digits and dashes, at most 63, and begin and end with a letter or digit.',
};
const refuse = (field: string, detail: string, code = 'bad-name-pattern', title = 'These machines cannot be made'): never => {
  throw new ProblemError({ code, title, detail, fix: 'Nothing was made. Change it and try again.', fields: { [field]: detail }, kind: 'denied' });
}; // prettier-ignore

/** The inputs of all machines that a pattern stands for. Throws a Problem with fields for what they could not all have. Pure. */
export function batchInputs(input: CreateMachine & { pattern: string }): CreateMachine[] {
  const { pattern, ...one } = input;
  const found = namesOf(pattern);
  if (found.trouble !== undefined) return refuse('name', troubles[found.trouble]);
  const { names } = found;
  if (names.length > 1) refuseShared(one, [pattern, one.name]);
  return names.map((name) => ({ ...one, name, cloudInit: ownCloudInit(one.cloudInit, [pattern, one.name], name) }));
}

/** What no two machines may have in common: an address of a card, a port of the host, a host name. */
function refuseShared(input: CreateMachine, own: readonly string[]): void {
  const { network, cloudInit } = input;
  const code = 'batch-not-unique';
  const shared = (field: string, detail: string): never => refuse(field, detail, code);
  if (network.podNetwork && network.mac !== undefined)
    shared('network.mac', 'Each machine needs a MAC address of its own: leave it out, and each is given one.');
  network.others.forEach(({ mac }, at) => {
    if (mac !== undefined) shared(`network.others.${at}.mac`, 'Each machine needs a MAC address of its own: leave it out, and each is given one.'); // prettier-ignore
  });
  network.forwards.forEach(({ hostPort }, at) => {
    if (hostPort !== undefined) shared(`network.forwards.${at}.hostPort`, 'A port of the host leads to one machine: leave it out, and each is given one.'); // prettier-ignore
  });
  if (cloudInit.type !== 'yaml') return;
  const host = hostNameIn(cloudInit.userData);
  if (host !== undefined && !own.includes(host))
    shared('cloudInit.userData', `The cloud-init text calls every machine ${host}: leave the host name out, or write ${own[0]} there.`); // prettier-ignore
  if (/macaddress/i.test(cloudInit.networkData ?? ''))
    shared('cloudInit.networkData', 'The network data names a MAC address, which is one machine’s.');
}

function hostNameIn(userData: string): string | undefined {
  if (!/^#cloud-config\s*$/m.test(userData)) return undefined;
  const document = parseDocument(userData, cloudInitYaml);
  // What cannot be read is told by the machine when it boots, as for a single one.
  const host: unknown = document.errors.length > 0 ? undefined : document.get('hostname');
  return typeof host === 'string' ? host : undefined;
}

function ownCloudInit(cloudInit: CreateMachine['cloudInit'], own: readonly string[], name: string): CreateMachine['cloudInit'] {
  if (cloudInit.type === 'form') return { ...cloudInit, hostname: name };
  if (cloudInit.type !== 'yaml') return cloudInit;
  return { ...cloudInit, userData: own.reduce((text, from) => renamed(text, from, name), cloudInit.userData) };
} // prettier-ignore

/** Throws `names-taken`, and names those that are, before anything is made. */
async function refuseTaken({ client }: OpenTarget, inputs: readonly CreateMachine[]): Promise<void> {
  const { namespace = '' } = inputs[0] ?? {};
  const there = new Set((await client.list(kinds.virtualMachines, namespace)).map(({ metadata }) => metadata.name));
  const taken = inputs.filter(({ name }) => there.has(name)).map(({ name }) => name);
  if (taken.length > 0)
    refuse('name', `${namespace} has ${taken.length === 1 ? 'a machine' : 'machines'} of that name already: ${taken.join(', ')}.`, 'names-taken', 'Names are taken'); // prettier-ignore
}

/**
 * Makes several machines, one after another, as one Task with a step for each; one that fails does not stop the others, and
 * leaves nothing behind. Those that are made when it is cancelled stay. Throws a Problem where nothing can be begun.
 */
export async function createSeveral(
  parts: { target: OpenTarget; tasks: Tasks; create: (input: CreateMachine) => Promise<ObjectRef> },
  input: CreateMachine & { pattern: string },
): Promise<{ taskId: string; names: string[] }> {
  const inputs = batchInputs(input);
  await refuseTaken(parts.target, inputs);
  const [one] = inputs;
  // All or none of them: half a class is no use.
  if (one) await foreseeMachines(parts.target, one, inputs.length);
  const names = inputs.map(({ name }) => name);
  const { id } = parts.tasks.start(
    {
      type: 'machines-create',
      title: names.length === 1 ? `Make ${names[0]}` : `Make ${names.length} machines: ${names[0]} to ${names.at(-1)}`,
      steps: names,
    },
    async (task) => {
      const failed: string[] = [];
      for (const [at, each] of inputs.entries()) {
        if (task.signal.aborted) throw new DOMException('aborted', 'AbortError');
        task.step(each.name);
        task.update({ progress: at / inputs.length, detail: `${at} of ${inputs.length}` });
        try {
          await parts.create(each);
          task.endStep(each.name, 'done');
        } catch (error) {
          const { title, detail } = asProblem(error);
          failed.push(`${each.name}: ${title}. ${detail}`);
          task.endStep(each.name, 'failed', `${title}. ${detail}`);
        }
      }
      task.update({ detail: undefined });
      if (failed.length > 0) throw someFailed(failed, inputs.length);
    },
  );
  return { taskId: id, names };
}

const someFailed = (failed: readonly string[], all: number): ProblemError =>
  new ProblemError({
    code: 'some-not-made',
    title: failed.length === all ? 'No machine could be made' : `${failed.length} of ${all} machines could not be made`,
    detail: failed.join('\n'),
    fix: failed.length === all ? 'Cure the cause and make them again.' : 'The others are there. Cure the cause and make those that are missing.',
    kind: 'failed',
  }); // prettier-ignore
