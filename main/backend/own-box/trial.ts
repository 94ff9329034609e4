import type { Appliance } from '../../contract/appliance.ts';
import { asProblem } from '../../contract/problem.ts';
import { pause } from '../target/live-list.ts';
import type { Log } from '../log.ts';
import type { AgentClient } from './agent-client.ts';
import type { Setup } from './setup.ts';
import { monotonic } from '../../contract/monotonic.ts';

export interface VersionTrialOptions {
  agent: AgentClient;
  setup: Setup;
  /** Throws when the pages of this very Hearth do not answer. */
  pagesAnswer: () => Promise<void>;
  appliance: () => Promise<Appliance | undefined>;
  signal: AbortSignal;
  log: Log;
  /** Milliseconds: how long the cluster is waited for (the agent goes back after ten minutes), and between two looks. */
  pace?: { patience: number; look: number };
}

/**
 * A new version that is on trial is kept when the pages answer and, where there was a cluster before, that is back too. If
 * not, nothing is said and the agent goes back to the version before.
 */
export async function watchTrial(options: VersionTrialOptions): Promise<void> {
  const { agent, signal, log } = options;
  const { patience, look } = options.pace ?? { patience: 9 * 60_000, look: 5000 };
  for await (const { state, connected } of agent.now.watch(signal)) {
    const version = state?.update?.trial?.version;
    if (!connected || version === undefined) continue;
    for (const deadline = monotonic() + patience; !signal.aborted; await pause(look, signal)) {
      const doubt = await healthy(options).catch((error: unknown) => asProblem(error).detail);
      if (signal.aborted) return;
      if (doubt === undefined) {
        try {
          await agent.ask({ do: 'keep-version' });
          log.info({ version }, 'the new version holds and is kept');
          return;
        } catch (error) {
          log.warn({ err: error, version }, 'the new version was not kept yet');
        }
      } else log.info({ version, doubt }, 'the new version has not proved itself yet');
      if (monotonic() > deadline) {
        log.error({ version, doubt }, 'the new version does not hold; the agent goes back');
        return;
      }
    }
  }
}

/** What speaks against the version; undefined: nothing. */
async function healthy({ setup, pagesAnswer, appliance }: VersionTrialOptions): Promise<string | undefined> {
  await pagesAnswer();
  if (!setup.now.value.clusterWasReady || setup.now.value.appliance !== 'ready') return undefined;
  const now = await appliance();
  if (!now) return 'the record of the cluster is gone';
  return now.state === 'running' || now.state === 'stopped' ? undefined : `the cluster is ${now.state}`;
}
