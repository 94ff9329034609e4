import type { BoxState } from '../../contract/box/state.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import type { TaskHandle, Tasks } from '../tasks/tasks.ts';
import type { AgentClient } from './agent-client.ts';
import type { MachinesTold } from './machines-told.ts';
import type { BoxPlaces } from './places.ts';
import { checkReceived } from './incoming.ts';

type Busy = NonNullable<BoxState['busy']>;
/** Milliseconds until the agent has written a new version into the other slot. */
const writeMs = 60 * 60_000;
const shortly = 60_000;

export interface PowerOptions {
  agent: AgentClient;
  tasks: Tasks;
  machines: MachinesTold;
  places: BoxPlaces;
  /** What is shown in the state; undefined: over. */
  show: (busy: Busy | undefined, trouble?: Problem) => void;
  name: () => string;
}

/** Restarting, switching off, updating, going back and forgetting everything: the virtual machines are told first. */
export function createPower({ agent, tasks, machines, places, show, name }: PowerOptions) {
  let running = false;

  /** One at a time, as a task; how it ended stands in the state too, since an app that asked may have gone meanwhile. */
  function begin(busy: Busy, title: string, work: (task: TaskHandle, say: (words: string) => void) => Promise<void>): { taskId: string } {
    if (running) throw alreadyBusy();
    running = true;
    show(busy);
    const { id } = tasks.start({ type: `box-${busy.what}`, title, cancellable: true }, async (task) => {
      try {
        await work(task, (words) => {
          task.update({ detail: words });
          show({ ...busy, words });
        });
        show(undefined);
      } catch (error) {
        show(undefined, task.signal.aborted ? undefined : asProblem(error));
        throw error;
      } finally {
        running = false;
      }
    });
    return { taskId: id };
  } // prettier-ignore
  const tell = async (task: TaskHandle, say: (words: string) => void, anyway: boolean): Promise<void> => {
    task.step('Tell the virtual machines');
    await machines.shutDown({ anyway, signal: task.signal, say });
    task.signal.throwIfAborted();
    // From here on nothing can be called off.
    task.update({ cancellable: false });
  };

  return {
    reboot: (anyway: boolean) =>
      begin({ what: 'reboot', words: 'Restarting' }, 'Restart the box', async (task, say) => {
        await tell(task, say, anyway);
        task.step('Restart');
        await agent.ask({ do: 'reboot' }, { timeoutMs: shortly });
      }),
    powerOff: (anyway: boolean) =>
      begin({ what: 'power-off', words: 'Switching off' }, 'Switch the box off', async (task, say) => {
        await tell(task, say, anyway);
        task.step('Switch off');
        await agent.ask({ do: 'power-off' }, { timeoutMs: shortly });
      }),
    /** The machines run on while the new version is written; only the restart needs them off. */
    async update(anyway: boolean): Promise<{ taskId: string }> {
      await checkReceived(places);
      return begin({ what: 'update', words: 'Writing the new version' }, 'Update the box', async (task, say) => {
        task.expect(['Write the new version', 'Tell the virtual machines', 'Restart']);
        task.step('Write the new version');
        await agent.ask({ do: 'update', path: places.update, restart: false }, { timeoutMs: writeMs });
        await tell(task, say, anyway);
        task.step('Restart');
        await agent.ask({ do: 'reboot' }, { timeoutMs: shortly });
      });
    },
    rollBack: (anyway: boolean) =>
      begin({ what: 'update', words: 'Going back to the version before' }, 'Go back to the version before', async (task, say) => {
        await tell(task, say, anyway);
        task.step('Restart');
        await agent.ask({ do: 'roll-back' }, { timeoutMs: shortly });
      }), // prettier-ignore
    /** `confirm`: the box's name as it was typed. */
    factoryReset(confirm: string, wipe: boolean): { taskId: string } {
      if (confirm.trim() !== name()) throw wrongName(name());
      return begin({ what: 'factory-reset', words: 'Stopping what runs' }, 'Forget everything', async (task, say) => {
        // Their disks go: how they end does not matter, but nothing must write to them any more.
        await tell(task, say, true);
        task.step('Forget everything');
        say(wipe ? 'Erasing and overwriting everything' : 'Forgetting everything');
        await agent.ask({ do: 'factory-reset', wipe }, { timeoutMs: writeMs });
      });
    },
  };
}
export type Power = ReturnType<typeof createPower>;

const alreadyBusy = (): ProblemError =>
  new ProblemError({
    code: 'box-busy',
    title: 'The box is busy',
    detail: 'It restarts, updates or resets already.',
    fix: 'Wait until it is done, then try again.',
    kind: 'denied',
  });
const wrongName = (name: string): ProblemError =>
  new ProblemError({
    code: 'confirm-name',
    title: 'The name was not typed',
    detail: `Everything on this box would be destroyed. It is named ${name}.`,
    fix: `Type ${name}, if this is the box that is meant.`,
    fields: { confirm: `Type ${name}.` },
    kind: 'denied',
  });
