import { existsSync } from 'node:fs';
import { z } from 'zod';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { startMachines } from '../provision/machines-off.ts';
import type { StoppedMachine } from '../provision/machines-off.ts';
import { leaveNode, returnToNode } from '../provision/node-off.ts';

/** What runs virtual machines on this very box: those go elsewhere or are shut down, and nothing elsewhere is touched. */
export interface Runner {
  id: string;
  /** In words: "the Quick lab". */
  title: string;
  /** Path; none there: nothing runs in it. */
  kubeconfig: string;
  /** Name of this box among the nodes of a cluster; without one everything in it runs here. */
  node?: () => Promise<string | undefined>;
}

const fileSchema = z.object({
  version: z.literal(1),
  machines: z.record(z.string(), z.array(z.object({ namespace: z.string(), name: z.string(), runStrategy: z.string() }))),
  /** Nodes that take nothing new until the box is back, by the runner. */
  cordoned: z.record(z.string(), z.string()).default({}),
}); // prettier-ignore
type Kept = Omit<z.infer<typeof fileSchema>, 'version'>;
const nothing: Kept = { machines: {}, cordoned: {} };

/** Milliseconds the guests get, and what is left of it when the box goes down all the same. */
const patience = 120_000;
const hurried = 30_000;
/** Milliseconds machines may take to move to other nodes while they run. */
const move = 5 * 60_000;
/** Milliseconds one cluster that does not answer is waited for. */
const clusterPatience = 20_000;

export interface MachinesPace {
  patience: number;
  hurried: number;
  /** Hurried as well when the box goes down all the same. */
  move?: number;
  cluster: number;
  /** Between two looks. */
  look: number;
}
export interface MachinesTold {
  /**
   * Moves the virtual machines of this box to other nodes or shuts them down, and waits until none is on. Throws `machines-still-on` or
   * `machines-unknown`, and those that were told run again, unless `anyway`: then nothing stands in the way.
   */
  shutDown(options: { anyway: boolean; signal: AbortSignal; say: (words: string) => void }): Promise<void>;
  /** Nodes take machines again, and what was shut down for a restart is started. False: some cannot be reached yet, and wait for the next call. */
  startAgain(signal: AbortSignal): Promise<boolean>;
}

export function createMachinesTold(options: {
  file: string;
  runners: () => Runner[];
  log: Log;
  pace?: MachinesPace;
}): MachinesTold {
  const { file, runners, log } = options;
  const pace = options.pace ?? { patience, hurried, cluster: clusterPatience, look: 2000 };
  const read = async (): Promise<Kept> => (await readJson(file, fileSchema, log)) ?? nothing;
  let turn: Promise<unknown> = Promise.resolve();
  const change = (make: (kept: Kept) => Partial<Kept>): Promise<void> => {
    const next = turn.then(async () => {
      const kept = await read();
      await writeJson(file, { ...kept, ...make(kept), version: 1 });
    });
    turn = next.catch(() => undefined); // whoever asked has the error
    return next;
  };

  async function stopIn(runner: Runner, how: Parameters<MachinesTold['shutDown']>[0]): Promise<void> {
    const told: StoppedMachine[] = [];
    const patienceMs = how.anyway ? pace.hurried : pace.patience;
    const moveMs = how.anyway ? pace.hurried : (pace.move ?? move);
    const over = new AbortController();
    const limit = AbortSignal.timeout(moveMs + 2 * patienceMs + pace.cluster);
    const signal = AbortSignal.any([how.signal, over.signal, limit]);
    let asked = false;
    const node = await runner.node?.();
    const stopping = leaveNode(runner.kubeconfig, node, {
      signal,
      moveMs,
      patienceMs,
      lookMs: pace.look,
      onCordon: () => change(({ cordoned }) => ({ cordoned: { ...cordoned, [runner.id]: node ?? '' } })),
      onTold: (machine) => told.push(machine),
      onProgress(words) {
        asked = true;
        if (words !== '') how.say(words);
      },
      onNote: (words) => log.warn({ target: runner.id }, words),
    });
    try {
      // A client that waits for a dead server does not hear the signal at once.
      await within(stopping, () => asked, pace.cluster, signal);
    } finally {
      over.abort();
      // Also what was told and then did not end: it is off, or is started again below.
      await change(({ machines }) => ({ machines: { ...machines, [runner.id]: [...(machines[runner.id] ?? []), ...told] } })); // prettier-ignore
    }
  }

  async function startIn(runner: Runner, signal: AbortSignal): Promise<void> {
    const { machines, cordoned } = await read();
    const node = cordoned[runner.id];
    if (node !== undefined) {
      await returnToNode(runner.kubeconfig, node, signal);
      await change((kept) => ({ cordoned: without(kept.cordoned, runner.id) }));
      log.info({ target: runner.id, node }, 'the node takes machines again');
    }
    const left = machines[runner.id] ?? [];
    if (left.length === 0) return;
    await startMachines(runner.kubeconfig, left, signal);
    await change((kept) => ({ machines: without(kept.machines, runner.id) }));
    log.info({ target: runner.id, machines: left.length }, 'virtual machines were started again');
  }
  async function startAgain(signal: AbortSignal): Promise<boolean> {
    for (const runner of runners().filter(({ kubeconfig }) => existsSync(kubeconfig)))
      await startIn(runner, signal).catch((error: unknown) => {
        if (!signal.aborted) log.debug({ err: error, target: runner.id }, 'virtual machines wait for their target');
      });
    const { machines, cordoned } = await read();
    return Object.keys(cordoned).length === 0 && Object.values(machines).every((left) => left.length === 0);
  }

  return {
    async shutDown(how) {
      how.say('Telling the virtual machines');
      const there = runners().filter(({ kubeconfig }) => existsSync(kubeconfig));
      const ended = await Promise.allSettled(there.map((runner) => stopIn(runner, how)));
      how.signal.throwIfAborted();
      const troubles = ended.flatMap((end, index) =>
        end.status === 'rejected' ? [{ runner: there[index], problem: asProblem(end.reason) }] : [],
      );
      if (troubles.length === 0) return;
      for (const { runner, problem } of troubles) log.warn({ target: runner?.id, problem }, 'not every virtual machine is off'); // prettier-ignore
      if (how.anyway) return;
      await startAgain(how.signal);
      const still = troubles.find(({ problem }) => problem.code === 'machines-still-on');
      throw new ProblemError({
        code: still ? 'machines-still-on' : 'machines-unknown',
        title: still ? 'Not every virtual machine shut down' : 'It is not known which virtual machines run',
        detail: troubles.map(({ runner, problem }) => `${runner?.title ?? ''}: ${problem.detail}`).join(' '),
        cause: still ? 'The guest ignores the power button, or hangs.' : 'The cluster does not answer, or its kubeconfig cannot be read.', // prettier-ignore
        fix: 'Turn them off on their pages (Force off) and try again, or go on anyway: what still runs loses its power.',
      });
    },
    startAgain,
  };
}

const without = <T>(record: Record<string, T>, key: string): Record<string, T> => {
  const { [key]: _gone, ...rest } = record;
  return rest;
};

/** The work; but only so long as it shows a sign of life within `ms`. */
async function within(work: Promise<unknown>, alive: () => boolean, ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      if (!alive()) reject(new Error(`no answer within ${ms / 1000} s`));
    }, ms);
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  work.catch(() => undefined); // it may fail after nobody waits for it any more
  try {
    await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
