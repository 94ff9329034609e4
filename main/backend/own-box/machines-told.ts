import { existsSync } from 'node:fs';
import { z } from 'zod';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { startMachines, stopMachines } from '../provision/machines-off.ts';
import type { StoppedMachine } from '../provision/machines-off.ts';

/** What runs virtual machines on this very box: those die with it, and nothing elsewhere does. */
export interface Runner {
  id: string;
  /** In words: "the Quick lab". */
  title: string;
  /** Path; none there: nothing runs in it. */
  kubeconfig: string;
}

const fileSchema = z.object({
  version: z.literal(1),
  machines: z.record(z.string(), z.array(z.object({ namespace: z.string(), name: z.string(), runStrategy: z.string() }))),
}); // prettier-ignore
type Kept = z.infer<typeof fileSchema>['machines'];

/** Milliseconds the guests get, and what is left of it when the box goes down all the same. */
const patience = 120_000;
const hurried = 30_000;
/** Milliseconds one cluster that does not answer is waited for. */
const clusterPatience = 20_000;

export interface MachinesPace {
  patience: number;
  hurried: number;
  cluster: number;
  /** Between two looks. */
  look: number;
}
export interface MachinesTold {
  /**
   * Shuts the virtual machines of this box down and waits until they are off. Throws `machines-still-on` or
   * `machines-unknown`, and those that were told run again, unless `anyway`: then nothing stands in the way.
   */
  shutDown(options: { anyway: boolean; signal: AbortSignal; say: (words: string) => void }): Promise<void>;
  /** Starts again what was shut down for a restart. False: some cannot be reached yet, and wait for the next call. */
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
  const read = async (): Promise<Kept> => (await readJson(file, fileSchema, log))?.machines ?? {};
  let turn: Promise<unknown> = Promise.resolve();
  const change = (make: (kept: Kept) => Kept): Promise<void> => {
    const next = turn.then(async () => writeJson(file, { version: 1, machines: make(await read()) }));
    turn = next.catch(() => undefined); // whoever asked has the error
    return next;
  };

  async function stopIn(runner: Runner, how: Parameters<MachinesTold['shutDown']>[0]): Promise<void> {
    const told: StoppedMachine[] = [];
    const patienceMs = how.anyway ? pace.hurried : pace.patience;
    const over = new AbortController();
    const signal = AbortSignal.any([how.signal, over.signal, AbortSignal.timeout(patienceMs + pace.cluster)]);
    let asked = false;
    const stopping = stopMachines(runner.kubeconfig, {
      signal,
      patienceMs,
      lookMs: pace.look,
      onTold: (machine) => told.push(machine),
      onProgress(left) {
        asked = true;
        if (left.length > 0) how.say(`Waiting for virtual machines to shut down: ${left.join(', ')}`);
      },
    });
    try {
      // A client that waits for a dead server does not hear the signal at once.
      await within(stopping, () => asked, pace.cluster, signal);
    } finally {
      over.abort();
      // Also what was told and then did not end: it is off, or is started again below.
      const before = (await read())[runner.id] ?? [];
      await change((kept) => ({ ...kept, [runner.id]: [...before, ...told] }));
    }
  }

  async function startIn(runner: Runner, signal: AbortSignal): Promise<void> {
    const machines = (await read())[runner.id] ?? [];
    if (machines.length === 0) return;
    await startMachines(runner.kubeconfig, machines, signal);
    await change(({ [runner.id]: _started, ...rest }) => rest);
    log.info({ target: runner.id, machines: machines.length }, 'virtual machines were started again');
  }
  async function startAgain(signal: AbortSignal): Promise<boolean> {
    for (const runner of runners().filter(({ kubeconfig }) => existsSync(kubeconfig)))
      await startIn(runner, signal).catch((error: unknown) => {
        if (!signal.aborted) log.debug({ err: error, target: runner.id }, 'virtual machines wait for their target');
      });
    return Object.values(await read()).every((left) => left.length === 0);
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
