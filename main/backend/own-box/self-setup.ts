import type { BoxWishes } from '../../contract/box/settings.ts';
import { asProblem } from '../../contract/problem.ts';
import { pause } from '../target/live-list.ts';
import type { Log } from '../log.ts';
import type { AgentClient } from './agent-client.ts';
import type { BoxAppliance } from './appliance.ts';
import type { Apps } from './apps.ts';
import type { createBringing } from './bring.ts';
import type { MachinesTold } from './machines-told.ts';
import type { Setup } from './setup.ts';

/** Milliseconds between two tries to start machines again that were shut down for a restart, and how long it is tried. */
const againEvery = 15_000;
const againFor = 30 * 60_000;

/**
 * What the box does without being asked: goes on with what a restart cut off, and, where an app proved by the secret of its
 * stick that it is the owner, sets itself up as the stick wishes. Without an owner the wizard asks.
 */
export function createSelfSetup(options: {
  agent: AgentClient;
  apps: Apps;
  setup: Setup;
  appliance: BoxAppliance;
  bringing: ReturnType<typeof createBringing>;
  machines: MachinesTold;
  wishes: () => Promise<BoxWishes>;
  /** Nothing is being shut down. */
  resting: () => boolean;
  signal: AbortSignal;
  log: Log;
}) {
  const { agent, apps, setup, appliance, bringing, machines, signal, log } = options;
  const owned = (): boolean => apps.list().some(({ by }) => by === 'secret');
  let considering = false;

  /** The stick's owner is known and nobody decided otherwise. */
  async function consider(): Promise<void> {
    const { state, connected } = agent.now.value;
    if (considering || !connected || state?.stage !== 'setup' || !owned()) return;
    if (setup.now.value.appliance !== 'none' || setup.now.value.finished) return;
    considering = true;
    try {
      const { appliance: wished } = await options.wishes();
      if (!wished.install) await setup.change({ appliance: 'skipped', named: true, finished: true });
      else await appliance.begin({ storage: wished.storage, poolSize: wished.poolSize });
    } catch (error) {
      log.warn({ err: error }, 'the box could not begin to set itself up');
      const problem = asProblem(error);
      // It starts again just now: the next state finds it.
      if (problem.code !== 'agent-away') await setup.change({ appliance: 'failed', problem });
    } finally {
      considering = false;
    }
  }
  async function resume(): Promise<void> {
    for await (const { state, connected } of agent.now.watch(signal)) {
      if (!connected || !state) continue;
      if (state.stage !== 'setup') return;
      await appliance.resume().catch(async (error: unknown) => {
        log.warn({ err: error }, 'the install of the appliance could not go on');
        await setup.change({ appliance: 'failed', problem: asProblem(error) });
      });
      await bringing.start();
      return;
    }
  }
  async function startMachines(): Promise<void> {
    for (const until = Date.now() + againFor; Date.now() < until && !signal.aborted; await pause(againEvery, signal))
      if (options.resting() && (await machines.startAgain(signal))) return;
  }

  return {
    async start(): Promise<void> {
      apps.onChange(() => void consider());
      const watch = async (): Promise<void> => {
        for await (const _ of agent.now.watch(signal)) void consider();
      };
      await Promise.all([watch(), resume(), startMachines()]);
    },
    async clusterReady(): Promise<void> {
      if (owned()) await setup.change({ named: true, finished: true });
      await bringing.start();
    },
  };
}
