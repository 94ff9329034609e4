import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import type { Log } from '../log.ts';
import type { FollowAddress } from '../provision/provision.ts';
import type { Tasks } from '../tasks/tasks.ts';
import type { AgentClient } from './agent-client.ts';
import { mainAddress } from './appliance.ts';
import type { BoxProvision } from './appliance.ts';
import { ownAppliance } from './join.ts';
import type { Setup } from './setup.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds. */
export interface AddressPace {
  /** How long another address must hold: a cable that is unplugged for a moment changes nothing. */
  settle: number;
  /** Between two changes that are followed; after a failure as well, doubled each time. */
  rest: number;
  longest: number;
}
const usual: AddressPace = { settle: 45_000, rest: 5 * 60_000, longest: 3600_000 };
/** Milliseconds the cluster may take to tell its other nodes. */
const nodesMs = 45_000;

export interface AddressFollowing {
  /** Something changed: looks whether there is something to do. */
  look(): void;
  /** What is done just now, in words. */
  words(): string | undefined;
  /** What went wrong, or is left to do by somebody. */
  problem(): Problem | undefined;
  /** Nothing is under way. */
  idle(): Promise<void>;
}

/**
 * k3s knows its node by one address, and does not start without it. When the box lastingly has another one (its router gave
 * it that, or it stands in another network), k3s is told and restarted once. What others use of it follows by itself: the
 * kubeconfig is handed out for the address that the box is reached at.
 */
export function createAddressFollowing(options: {
  agent: AgentClient;
  setup: Setup;
  provision: () => Promise<BoxProvision>;
  tasks: Tasks;
  /** Nothing else is being done with the whole box. */
  resting: () => boolean;
  /** Words or problem changed. */
  changed: () => void;
  signal: AbortSignal;
  log: Log;
  pace?: AddressPace | undefined;
}): AddressFollowing {
  const { agent, setup, tasks, changed, signal, log, pace = usual } = options;
  /** What is seen now, since when, and whether it was dealt with. */
  let held: { key: string; since: number; settled: boolean } | undefined;
  let notBefore = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let words: string | undefined;
  let problem: Problem | undefined;

  const addresses = (): string[] => (agent.now.value.state?.addresses ?? []).flatMap(({ address }) => address ?? []);
  /** Undefined: no time to look. One that is only tried may be taken back. */
  const seen = (): { key: string; main: string } | undefined => {
    const { state, connected } = agent.now.value;
    if (!connected || state?.stage !== 'setup' || state.network.trial || !options.resting()) return undefined;
    const main = mainAddress(state);
    const { appliance, joined } = setup.now.value;
    return main === undefined ? undefined : { key: JSON.stringify([addresses().toSorted(), appliance, joined]), main };
  };
  function look(): void {
    clearTimeout(timer);
    if (working || signal.aborted) return;
    const now = seen();
    if (!now) return void (held = undefined);
    if (held?.key !== now.key) held = { key: now.key, since: monotonic(), settled: false };
    if (held.settled) return;
    const wait = Math.max(held.since + pace.settle, notBefore) - monotonic();
    if (wait > 0) return void (timer = setTimeout(look, wait).unref());
    const dealt = held;
    working = follow(now.main)
      .then((done) => void (dealt.settled = done))
      .catch((error: unknown) => failed(asProblem(error)))
      .finally(() => {
        words = undefined;
        working = undefined;
        if (signal.aborted) return;
        changed();
        look();
      });
  }
  function failed(reason: Problem): void {
    if (signal.aborted) return;
    // Somebody works on the cluster just now.
    if (reason.code === 'appliance-busy') return void (notBefore = monotonic() + pace.settle);
    log.warn({ problem: reason }, 'the cluster could not be brought to the new address of the box');
    problem = reason;
    notBefore = monotonic() + Math.min(pace.longest, pace.rest * 2 ** failures);
    failures += 1;
  }

  /** What k3s was told; undefined: there is none here, or it has an address of its own that nothing can take away. */
  async function told(): Promise<{ address: string; node?: FollowAddress['node'] } | undefined> {
    const { appliance, joined } = setup.now.value;
    if (joined) return { address: joined.address, node: { server: joined.server, nodeName: joined.nodeName } };
    if (appliance !== 'ready') return undefined;
    const own = await ownAppliance(await options.provision());
    const { mode, address } = own?.settings ?? {};
    return mode === 'lan' && address !== undefined ? { address } : undefined;
  }
  /** True: nothing is left to do for what is seen now. */
  async function follow(main: string): Promise<boolean> {
    const before = await told();
    if (!before || addresses().includes(before.address)) {
      // It has its former address again, or somebody told k3s by hand.
      if (problem?.code !== leftBehind.code) problem = undefined;
      failures = 0;
      return true;
    }
    const change = `from ${before.address} to ${main}`;
    const { node } = before;
    words = `The address of this box changed ${change}: ${node ? 'its node' : 'its cluster'} is brought along.`;
    changed();
    log.info({ from: before.address, to: main }, 'the box has another address; k3s is told');
    const provision = await options.provision();
    const { taskId } = await provision.followAddress({
      place: { type: 'local' },
      title: `Bring ${node ? 'the node' : 'the cluster'} to the new address of this box, ${change}`,
      ...(node && { node }),
      async onDone(address) {
        const { joined } = setup.now.value;
        if (joined && address !== undefined) await setup.change({ joined: { ...joined, address } });
      },
    });
    const task = await ended(taskId);
    if (task?.state !== 'done') {
      if (task?.problem) failed(task.problem);
      else notBefore = monotonic() + pace.rest;
      return false;
    }
    failures = 0;
    notBefore = monotonic() + pace.rest;
    problem = node ? undefined : await others(before.address);
    return true;
  }
  async function ended(taskId: string): Promise<Task | undefined> {
    for await (const _ of tasks.watch(signal)) {
      const task = tasks.get(taskId);
      if (task?.state !== 'running') return task;
    }
    return undefined;
  }
  /** Boxes that joined look for this one where it was. */
  async function others(former: string): Promise<Problem | undefined> {
    const own = await ownAppliance(await options.provision(), { until: ({ nodes }) => nodes.length > 0, ms: nodesMs });
    const names = (own?.nodes ?? []).filter(({ thisOne }) => !thisOne).map(({ name }) => name);
    if (names.length === 0) return undefined;
    return { ...leftBehind, detail: `${names.join(', ')} joined it when its address was ${former}, and look for it there.` }; // prettier-ignore
  }
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return { look, words: () => words, problem: () => problem, idle: async () => working };
}

const leftBehind: Problem = {
  code: 'nodes-left-behind',
  title: 'Other boxes do not find this one any more',
  detail: '',
  cause: 'The address of this box changed, and theirs is written into k3s.',
  fix: 'Let each of them join this box again (Join on its page, or `hearth box join`), or give this box its former address back at the router.',
  kind: 'failed',
};
