import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ContractHandlers } from '../../../contract/contract.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { MoveMachine } from '../../../contract/transfer-moves.ts';
import { exportMachineSchema } from '../../../contract/transfer.ts';
import type { Scope } from '../../target/scope.ts';
import type { OpenTarget } from '../../target/target.ts';
import { orderOf } from '../order.ts';
import type { MoveRecord, Records } from '../records.ts';
import { answering, destinations } from './destinations.ts';
import type { Places } from './destinations.ts';
import { planMove, refuseBlocked } from './plan.ts';
import { portsOf } from './ports.ts';
import { runMove, stepsOf, undoMove } from './run.ts';

export interface Moves {
  readonly handlers: Pick<ContractHandlers['transfer'], 'destinations' | 'planMove' | 'move'>;
  /** Goes on with one that was cut. */
  resume(record: MoveRecord): Promise<{ taskId: string }>;
  /** Takes away what one has made, as far as its targets are known still. Throws where one does not answer. */
  discard(record: MoveRecord): Promise<void>;
}
/** One machine goes one way at a time. */
const underWay = (name: string): ProblemError =>
  new ProblemError({
    code: 'move-under-way',
    title: 'The machine is on its way already',
    detail: `A move of ${name} was begun and has not ended.`,
    fix: 'Go on with it, or give it up, on the page Import.',
    kind: 'denied',
  });

export interface MovesParts {
  scope: Scope;
  places: Places;
  version: string;
  readonly open: () => Promise<{ folder: string; records: Records }>;
  /** Records that a task works on now. */
  busy: Set<string>;
}

/** Machines from one target to another in one go. */
export function createMoves({ scope, places, version, open, busy }: MovesParts): Moves {
  const known = async (id: string): Promise<OpenTarget | undefined> =>
    places.entries().some((each) => each.id === id) ? answering(places, id) : undefined;

  async function run(record: MoveRecord): Promise<{ taskId: string }> {
    const { records } = await open();
    const { input, to } = record;
    busy.add(record.id);
    const { id } = scope.tasks.start(
      {
        type: 'machine-move',
        title: `${input.keep ? 'Copy' : 'Move'} ${input.name} to ${to.name}`,
        object: { kind: 'VirtualMachine', namespace: input.namespace, name: input.name },
        steps: stepsOf(input),
      },
      async (task) => {
        try {
          const source = await answering(places, record.target.id);
          const dest = await answering(places, to.id);
          await runMove({ source, dest, records, record, version }, task);
        } catch (error) {
          // What was stopped by a person goes; at Hearth's own end it stays to go on, and so it does where a link broke.
          if (task.signal.aborted && !scope.ending.aborted) await discard(record);
          throw error;
        } finally {
          busy.delete(record.id);
        }
      },
    );
    return { taskId: id };
  }
  async function discard(record: MoveRecord): Promise<void> {
    const { records } = await open();
    const [source, dest] = [await known(record.target.id), await known(record.to.id)];
    await undoMove({ records, record, ...(source && { source }), ...(dest && { dest }) });
  }
  /** Machines of which a move is just being noted. */
  const leaving = new Set<string>();
  async function claim(machine: string, target: string, { namespace, name }: MoveMachine): Promise<void> {
    if (leaving.has(machine)) throw underWay(name);
    leaving.add(machine);
    const all = await (await open()).records.all();
    const begun = all.some((each) => each.kind === 'move' && !each.input.keep && each.target.id === target && each.input.namespace === namespace && each.input.name === name); // prettier-ignore
    if (!begun) return;
    leaving.delete(machine);
    throw underWay(name);
  }
  async function plan(input: MoveMachine) {
    const source = scope.target();
    const here = source.state.value;
    if (input.to === here.id)
      throw new ProblemError({ code: 'same-target', title: 'The machine is there already', detail: `${input.name} is on ${here.name}.`, fix: 'Choose another target, or clone the machine.', fields: { to: 'This one.' } }); // prettier-ignore
    const dest = await answering(places, input.to);
    const { folder } = await open();
    return { source, dest, here, folder, planned: await planMove(source, dest, input, folder) };
  }
  return {
    handlers: {
      destinations: () => destinations(places, scope.target().state.value.id),
      planMove: async (input) => (await plan(input)).planned.plan,
      async move(input) {
        const { source, dest, here, folder, planned } = await plan(input);
        refuseBlocked(planned.plan, input.name);
        const { namespace, name } = input;
        const machine = `${here.id}/${namespace}/${name}`;
        if (!input.keep) await claim(machine, here.id, input);
        const id = randomUUID();
        const at = new Date().toISOString();
        const target = { id: here.id, name: here.name };
        const file = join(folder, `${id}.moving`);
        const record: MoveRecord = {
          id,
          kind: 'move',
          at,
          target,
          to: { id: dest.state.value.id, name: dest.state.value.name },
          file,
          input: { ...input, networks: planned.networks },
          phase: 'out',
          out: { id, kind: 'export', at, target, file, input: exportMachineSchema.parse({ namespace, name }), disks: [] },
          order: orderOf(planned.vm),
          ports: (await portsOf(source, input)).map(({ hostPort, ...port }) => ({ ...port, ...(hostPort !== undefined && { hostPort }) })),
          claims: planned.claims,
        }; // prettier-ignore
        try {
          await (await open()).records.put(record);
          return await run(record);
        } finally {
          leaving.delete(machine);
        }
      },
    },
    resume: run,
    discard,
  };
}
