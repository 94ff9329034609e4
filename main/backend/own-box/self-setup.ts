import type { BoxWishes } from '../../contract/box/settings.ts';
import { asProblem } from '../../contract/problem.ts';
import { pause } from '../target/live-list.ts';
import type { Log } from '../log.ts';
import type { AgentClient } from './agent-client.ts';
import type { BoxAppliance } from './appliance.ts';
import type { Apps } from './apps.ts';
import type { Bringing } from './bring.ts';
import type { MachinesTold } from './machines-told.ts';
import type { Setup } from './setup.ts';
import { monotonic } from '../../contract/monotonic.ts';

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
  bringing: Bringing;
  /** Pages show the cluster of the box from now on. */
  showCluster: () => Promise<void>;
  machines: MachinesTold;
  wishes: () => Promise<BoxWishes>;
  /** Nothing is being shut down. */
  resting: () => boolean;
  signal: AbortSignal;
  log: Log;
}) {
  const { agent, apps, setup, appliance, bringing, machines, signal, log } = options;
  const owned = (): boolean => apps.list().some(({ by }) => by === 'secret');
  let considering: Promise<void> | undefined;

  /** Where the stick's owner is known and nobody decided otherwise. */
  function consider(): void {
    const { state, connected } = agent.now.value;
    if (considering || signal.aborted || !connected || state?.stage !== 'setup' || !owned()) return;
    if (setup.now.value.appliance !== 'none' || setup.now.value.finished) return;
    considering = asWished()
      .catch((error: unknown) => log.error({ err: error }, 'how the setup of the box stands could not be written'))
      .finally(() => (considering = undefined));
  }
  async function asWished(): Promise<void> {
    try {
      const { appliance: wished } = await options.wishes();
      if (!wished.install) await setup.change({ appliance: 'skipped', named: true, network: true, finished: true });
      else await appliance.begin({ storage: wished.storage, poolSize: wished.poolSize });
    } catch (error) {
      if (signal.aborted) return; // it goes on at the next start
      log.warn({ err: error }, 'the box could not begin to set itself up');
      const problem = asProblem(error);
      // It starts again just now: the next state finds it.
      if (problem.code !== 'agent-away') await setup.change({ appliance: 'failed', problem });
    }
  }
  async function resume(): Promise<void> {
    for await (const { state, connected } of agent.now.watch(signal)) {
      if (!connected || !state) continue;
      if (state.stage !== 'setup') return;
      await appliance.resume().catch(async (error: unknown) => {
        if (signal.aborted) return;
        log.warn({ err: error }, 'the install of the appliance could not go on');
        await setup.change({ appliance: 'failed', problem: asProblem(error) });
      });
      await bringing.start();
      return;
    }
  }
  async function startMachines(): Promise<void> {
    for (const until = monotonic() + againFor; monotonic() < until && !signal.aborted; await pause(againEvery, signal))
      if (options.resting() && (await machines.startAgain(signal))) return;
  }

  return {
    async start(): Promise<void> {
      apps.onChange(consider);
      const watch = async (): Promise<void> => {
        for await (const _ of agent.now.watch(signal)) consider();
      };
      await Promise.all([watch(), resume(), startMachines()]);
    },
    /** What it is at just now has ended. */
    idle: async (): Promise<void> => considering,
    async clusterReady(): Promise<void> {
      await options.showCluster();
      if (owned()) await setup.change({ named: true, network: true, finished: true });
      await bringing.start();
    },
  };
}
