import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentState } from '../../contract/box/agent.ts';
import type { BoxWishes } from '../../contract/box/settings.ts';
import type { BoxAddress } from '../../contract/box/state.ts';
import type { ApplianceSettings } from '../../contract/appliance.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import type { Log } from '../log.ts';
import type { Provision } from '../provision/provision.ts';
import type { Tasks } from '../tasks/tasks.ts';
import type { BoxPlaces } from './places.ts';
import type { Setup } from './setup.ts';

/** The one appliance of this box. */
export const applianceOfBox = 'this-computer';
const here = { type: 'local' } as const;

/** What a box needs of the services for appliances. */
export interface BoxProvision extends Pick<Provision, 'joinHere' | 'followAddress'> {
  handlers: Pick<Provision['handlers'], 'preflight' | 'install' | 'watch' | 'joinOffer'>;
}
export interface StorageChoice {
  storage: 'local-path' | 'pool-file';
  poolSize?: number | undefined;
}
export interface ApplianceOptions {
  provision: () => Promise<BoxProvision>;
  tasks: Tasks;
  setup: Setup;
  places: BoxPlaces;
  agent: () => AgentState | undefined;
  wishes: () => Promise<BoxWishes>;
  /** The cluster is there. */
  onReady: () => Promise<void>;
  signal: AbortSignal;
  log: Log;
}

/** Makes the box an appliance with the same steps as everywhere, settings taken from what the stick wished for. */
export function createBoxAppliance(options: ApplianceOptions) {
  const { setup, tasks, log, signal } = options;
  let beginning = false;

  /** Resolves when the install has begun; throws what stands in the way. */
  async function begin(choice: StorageChoice): Promise<{ taskId: string }> {
    if (beginning || taskOf()?.state === 'running') throw alreadyInstalling();
    if (options.agent()?.stage !== 'setup') throw notInstalled();
    beginning = true;
    try {
      const { handlers } = await options.provision();
      const wishes = await options.wishes();
      const report = await handlers.preflight({ place: here }, { signal });
      const blocks = report.findings.filter(({ blocks }) => blocks);
      const [first] = blocks;
      if (first)
        throw new ProblemError({
          code: 'preflight-blocked',
          title: 'This box cannot run a cluster as it is',
          detail: blocks.map(({ title, detail }) => `${title}: ${detail}`).join(' '),
          ...(first.fix && { fix: first.fix }),
        });
      const settings = applianceSettings({
        suggested: report.suggested,
        wishes,
        choice,
        address: mainAddress(options.agent()),
        bundle: await findBundle(options.places),
      });
      const { taskId } = await handlers.install({ place: here, settings }, { signal });
      await setup.change({ appliance: 'installing', applianceTask: taskId, problem: undefined, storage: choice.storage, poolSize: choice.poolSize }); // prettier-ignore
      follow(taskId).catch((error: unknown) =>
        log.error({ err: error }, 'the install of the appliance is not followed'),
      );
      return { taskId };
    } finally {
      beginning = false;
    }
  }
  const taskOf = (): Task | undefined => {
    const { applianceTask } = setup.now.value;
    return applianceTask === undefined ? undefined : tasks.get(applianceTask);
  };
  async function follow(taskId: string): Promise<void> {
    for await (const _ of tasks.watch(signal)) {
      const task = tasks.get(taskId);
      if (task?.state === 'running') continue;
      // Ended with Hearth: it goes on at the next start.
      if (signal.aborted) return;
      if (task?.state === 'done') {
        await setup.change({ appliance: 'ready', clusterWasReady: true, problem: undefined });
        await options.onReady();
      } else await setup.change({ appliance: 'failed', problem: task?.problem ?? stopped });
      return;
    }
  }
  return {
    begin,
    task: taskOf,
    /** Goes on with an install that ended with the last run of Hearth. */
    async resume(): Promise<void> {
      const { appliance, storage = 'local-path', poolSize } = setup.now.value;
      if (appliance !== 'installing' || beginning || taskOf()?.state === 'running') return;
      await begin({ storage, poolSize });
    },
  };
}
export type BoxAppliance = ReturnType<typeof createBoxAppliance>;

/** The settings of a box: others of the LAN reach it, and a second box may join. Pure. */
export function applianceSettings(parts: {
  suggested: ApplianceSettings;
  wishes: BoxWishes;
  choice: StorageChoice;
  address: string | undefined;
  bundle: string | undefined;
}): ApplianceSettings {
  const { suggested, wishes, choice, address, bundle } = parts;
  const { hostName, proxy, ca } = wishes;
  return {
    ...suggested,
    // k3s of ours speaks IPv4: without any it lives on an address of its own, which no network can take away.
    ...(address === undefined
      ? suggested.address === undefined && { mode: 'solo' as const }
      : { mode: 'lan' as const, address }),
    nodeName: hostName,
    tlsNames: [hostName, `${hostName}.local`],
    storage: choice.storage,
    ...(choice.storage === 'pool-file' && choice.poolSize !== undefined && { poolSize: choice.poolSize }),
    ...(proxy && { proxy }),
    ...(ca.length > 0 && { ca: ca.map((pem) => `${pem.trimEnd()}\n`).join('') }),
    ...(bundle !== undefined && { bundle }),
  };
}

/** A cable before Wi-Fi, both before what stands on them (a VLAN). */
export function mainAddress(agent: AgentState | undefined): string | undefined {
  const usable = (agent?.addresses ?? []).filter(({ address, link }) => address !== undefined && link);
  const of = (wanted: BoxAddress['kind']) => usable.find(({ kind }) => kind === wanted);
  return (of('ethernet') ?? of('wifi') ?? of('other'))?.address;
}

/** The offline bundle that came with the stick, as one file. */
async function findBundle(places: BoxPlaces): Promise<string | undefined> {
  for (const folder of places.bundles) {
    if (!existsSync(folder)) continue;
    const names = (await readdir(folder)).filter((name) => name.endsWith('.tar')).sort();
    const [only] = names;
    if (only !== undefined) return join(folder, only);
  }
  return undefined;
}

const stopped = {
  code: 'install-stopped',
  title: 'The install was stopped',
  detail: 'Somebody stopped it, or the box was restarted meanwhile.',
  fix: 'Start it again: it goes on where it ended.',
  kind: 'failed' as const,
};
const alreadyInstalling = (): ProblemError =>
  new ProblemError({
    code: 'appliance-busy',
    title: 'It is being installed already',
    detail: 'k3s, KubeVirt and CDI are on their way.',
    fix: 'Wait until it is done.',
    kind: 'denied',
  });
const notInstalled = (): ProblemError =>
  new ProblemError({
    code: 'box-not-installed',
    title: 'The box is not installed on a disk yet',
    detail: 'A cluster needs a disk of its own: what runs from the stick is gone at the next start.',
    fix: 'Install the box on one of its disks first.',
    kind: 'denied',
  });
