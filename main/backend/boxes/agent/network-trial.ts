import { randomBytes } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BoxNetwork } from '../../../contract/box/network.ts';
import type { BoxNetworkTrial, BoxNetworkView } from '../../../contract/box/state.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import { writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import type { AgentPlaces } from './places.ts';

/** A network that is tried: taken back by itself unless somebody says, over it, that it works. */
export interface NetworkTrial {
  /** Begins after a moment, so that the answer still leaves over the old network. Throws `network-trial-running`. */
  start(network: BoxNetwork): Promise<{ id: string; seconds: number }>;
  /** Throws `network-trial-over` when there is no such trial any more, `network-trial-early` before it is in effect. */
  keep(id: string): Promise<void>;
  close(): void;
}
export interface TrialParts {
  places: AgentPlaces;
  log: Log;
  apply: (network: BoxNetwork) => Promise<void>;
  /** What holds, and what is gone back to. */
  current: () => BoxNetwork;
  hold: (network: BoxNetwork) => Promise<void>;
  /** `problem`: how it ended; none: what was told of a former one is over. */
  tell: (now: { trial?: BoxNetworkTrial; problem?: Problem | 'none' }) => void;
  /** Milliseconds of a second. */
  second: number;
}
const seconds = 60;
/** How long it is told that a network was taken back, in seconds. */
const toldFor = 300;

/** Whether a trial was cut off by a restart or by losing power: the network that holds must be put into effect again. */
export async function wasCutOff({ trial }: AgentPlaces): Promise<boolean> {
  return (await stat(trial).catch(() => undefined)) !== undefined;
}
export const cutOffIsOver = ({ trial }: AgentPlaces): Promise<void> => rm(trial, { force: true });

export function createTrial(parts: TrialParts): NetworkTrial {
  const { places, log, tell, second } = parts;
  let running: { id: string; network: BoxNetwork; left: number; inEffect: boolean } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let forgetting: NodeJS.Timeout | undefined;

  const over = (): void => {
    clearInterval(timer);
    running = undefined;
  };
  const tellRunning = (): void => {
    if (!running) return;
    const { id, network, left, inEffect } = running;
    tell({ trial: { id, secondsLeft: left, network: networkView(network), inEffect }, problem: 'none' });
  };
  const takeBack = async (problem?: Problem): Promise<void> => {
    over();
    tell({ ...(problem && { problem }) });
    clearTimeout(forgetting);
    forgetting = setTimeout(() => tell({ problem: 'none' }), toldFor * second).unref();
    try {
      await parts.apply(parts.current());
      await cutOffIsOver(places);
    } catch (error) {
      log.error({ err: error }, 'the former network could not be put back');
      tell({ problem: asProblem(error) });
    }
  };
  const tick = (): void => {
    if (!running) return;
    running.left -= 1;
    if (running.left > 0) tellRunning();
    else void takeBack(notKept());
  };
  return {
    async start(network) {
      if (running)
        throw new ProblemError({
          code: 'network-trial-running',
          title: 'Another network is being tried',
          detail: `It has ${running.left} s left.`,
          fix: 'Keep it, or wait until it is taken back.',
          kind: 'denied',
        });
      const id = randomBytes(8).toString('hex');
      clearTimeout(forgetting);
      running = { id, network, left: seconds, inEffect: false };
      await mkdir(dirname(places.trial), { recursive: true, mode: 0o700 });
      await writeJson(places.trial, { id });
      tellRunning();
      timer = setInterval(tick, second);
      setTimeout(() => {
        if (running?.id !== id) return;
        parts.apply(network).then(
          () => {
            if (running?.id !== id) return;
            running.inEffect = true;
            tellRunning();
          },
          (error: unknown) => {
            if (running?.id === id) void takeBack(asProblem(error));
          },
        );
      }, second);
      return { id, seconds };
    },
    async keep(id) {
      if (running?.id !== id)
        throw new ProblemError({
          code: 'network-trial-over',
          title: 'This network is not being tried any more',
          detail: 'It was taken back, or another one was kept.',
          fix: 'Set it again and keep it within a minute.',
        });
      const { network, inEffect } = running;
      if (!inEffect) throw early();
      over();
      await parts.hold(network);
      await cutOffIsOver(places);
      tell({ problem: 'none' });
    },
    close() {
      clearTimeout(forgetting);
      over();
    },
  };
}

/** Without what only the agent needs to know. */
export function networkView({ wifi, ...network }: BoxNetwork): BoxNetworkView {
  return { ...network, ...(wifi && { wifi: { ssid: wifi.ssid } }) };
}

const early = (): ProblemError =>
  new ProblemError({
    code: 'network-trial-early',
    title: 'The new network is not in effect yet',
    detail: 'It is just being set up; nobody can know yet whether it works.',
    fix: 'Wait a moment, then keep it from its own address.',
    kind: 'denied',
  });
const notKept = (): Problem =>
  new ProblemError({
    code: 'network-not-kept',
    title: 'The former network is back',
    detail: `Nobody said over the new one within ${seconds} s that it works.`,
    cause: 'The box could not be reached there, or the page was closed.',
    fix: 'Look at the values and try again.',
  }).problem;
