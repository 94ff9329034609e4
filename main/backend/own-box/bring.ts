import type { BoxWishes } from '../../contract/box/settings.ts';
import { createMachineSchema } from '../../contract/machine.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import type { Targets } from '../targets/targets.ts';
import type { Workspace } from '../targets/workspace.ts';
import type { TaskHandle, Tasks } from '../tasks/tasks.ts';
import { pause } from '../target/live-list.ts';
import { applianceOfBox } from './appliance.ts';
import type { Setup } from './setup.ts';

/** Milliseconds the new target may take until it answers, and an image until it is there. */
const targetPatience = 10 * 60_000;
const imagePatience = 2 * 3600_000;

/** What of the targets is used. */
export interface BringTargets extends Pick<Targets, 'opened'> {
  handlers: Pick<Targets['handlers'], 'use'>;
}

/** Makes the images and machines that the stick wished for, once each; labs are only remembered. */
export function createBringing(options: {
  targets: BringTargets;
  tasks: Tasks;
  setup: Setup;
  wishes: () => Promise<BoxWishes>;
  signal: AbortSignal;
  log: Log;
}) {
  const { targets, tasks, setup, log } = options;
  let running = false;

  async function bring(task: TaskHandle, wishes: BoxWishes): Promise<void> {
    const signal = AbortSignal.any([task.signal, options.signal]);
    const { images, machines, labs } = wishes.bring;
    await setup.change({ labs });
    task.step('Wait for the cluster');
    const workspace = await ready(targets, signal);
    const note = async (kind: 'images' | 'machines', name: string): Promise<void> => {
      const { brought } = setup.now.value;
      await setup.change({
        brought: {
          ...brought,
          [kind]: [...brought[kind], name],
          failed: brought.failed.filter((each) => each !== name),
        },
      });
    };
    const trying = async (kind: 'images' | 'machines', name: string, work: () => Promise<void>): Promise<void> => {
      if (setup.now.value.brought[kind].includes(name)) return;
      try {
        await work();
        await note(kind, name);
      } catch (error) {
        if (signal.aborted) throw error;
        const { brought } = setup.now.value;
        log.warn({ err: error, kind, name }, 'something of the stick could not be brought along');
        await setup.change({ brought: { ...brought, failed: [...new Set([...brought.failed, name])] } });
        task.endStep(titles[kind](name), 'failed', asProblem(error).detail);
      }
    };
    const wanted = [...new Set([...images, ...machines.map(({ image }) => image)])];
    for (const id of wanted)
      await trying('images', id, async () => {
        task.step(titles.images(id));
        await addImage(workspace, tasks, id, signal);
      });
    for (const machine of machines)
      await trying('machines', machine.name, async () => {
        task.step(titles.machines(machine.name));
        await makeMachine(workspace, machine, wishes);
      });
  }
  return {
    /** Goes on where it ended; nothing to do when all is there. Never rejects. */
    async start(): Promise<void> {
      if (running || setup.now.value.appliance !== 'ready') return;
      const wishes = await options.wishes();
      const { images, machines, labs } = wishes.bring;
      const { brought } = setup.now.value;
      const left = [
        ...images.filter((id) => !brought.images.includes(id)),
        ...machines.map(({ name }) => name).filter((name) => !brought.machines.includes(name)),
      ];
      if (left.length === 0) return setup.change({ labs });
      running = true;
      const { done } = tasks.start({ type: 'box-bring', title: 'Make what the stick brought along' }, (task) => bring(task, wishes)); // prettier-ignore
      void done.finally(() => (running = false));
    },
  };
}

const titles = {
  images: (id: string): string => `Add the image ${id}`,
  machines: (name: string): string => `Make the machine ${name}`,
};

/** The box's own cluster, as the target that its pages show. */
async function ready(targets: BringTargets, signal: AbortSignal): Promise<Workspace> {
  await targets.handlers.use({ id: applianceOfBox }, { signal });
  const found = targets.opened().find(({ id }) => id === applianceOfBox);
  for (const deadline = Date.now() + targetPatience; ; await pause(1000, signal)) {
    signal.throwIfAborted();
    if (found?.target.state.value.state === 'ready') return found;
    if (!found || Date.now() > deadline)
      throw new ProblemError({
        code: 'target-not-ready',
        title: 'The cluster does not answer',
        detail: found?.target.state.value.problem?.detail ?? 'The box has no cluster.',
        fix: 'Look at the page of the appliance.',
      });
  }
}

async function addImage(workspace: Workspace, tasks: Tasks, id: string, signal: AbortSignal): Promise<void> {
  const { taskId } = await workspace.images.handlers.addFromCatalogue({ id }, { signal });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(imagePatience)]);
  for await (const _ of tasks.watch(limit)) {
    const task = tasks.get(taskId);
    if (task?.state === 'running') continue;
    if (task?.state === 'done') return;
    throw new ProblemError(task?.problem ?? { code: 'cancelled', title: 'Stopped', detail: `The image ${id} was not added.`, kind: 'cancelled' }); // prettier-ignore
  }
  limit.throwIfAborted();
}

async function makeMachine(
  { machines, images }: Workspace,
  wanted: BoxWishes['bring']['machines'][number],
  { sshKeys }: BoxWishes,
): Promise<void> {
  const once = new AbortController();
  try {
    for await (const update of images.handlers.watch({}, { signal: once.signal })) {
      if (update.type !== 'snapshot') continue;
      const row = update.items.find(({ name, catalogueId }) => name === wanted.image || catalogueId === wanted.image);
      if (!row)
        throw new ProblemError({ code: 'image-missing', title: 'The image is not there', detail: wanted.image });
      await machines.create(
        createMachineSchema.parse({
          name: wanted.name,
          source: { type: 'image', image: { namespace: row.namespace, name: row.name } },
          size: { type: 'free', sockets: 1, cores: wanted.cpus, threads: 1, memory: wanted.memory },
          ...(row.preference && { preference: row.preference }),
          cloudInit: row.cloudInit ? { type: 'form', hostname: wanted.name, sshKeys } : { type: 'none' },
        }),
      );
      return;
    }
  } finally {
    once.abort();
  }
}
