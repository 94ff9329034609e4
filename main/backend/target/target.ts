import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Target } from '../../contract/target.ts';
import type { Log } from '../log.ts';
import { findOut } from './capabilities/findings.ts';
import { capabilityMatrix } from './capabilities/matrix.ts';
import { nodeCapacity } from './capacity.ts';
import { createKubeClient } from './client.ts';
import type { KubeClient } from './client.ts';
import { createCache } from './collection.ts';
import type { Cache } from './collection.ts';
import { readCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { unreachable } from './kube-error.ts';
import type { KubeError } from './kube-error.ts';
import { kinds } from './kinds.ts';
import { createLiveValue } from './live-value.ts';
import type { LiveValue } from './live-value.ts';
import { monotonic } from '../../contract/monotonic.ts';
import { createPaced } from './paced.ts';

/** One open target: its client, its watches, and what it is and can do. */
export interface OpenTarget {
  readonly client: KubeClient;
  readonly cache: Cache;
  readonly state: LiveValue<Target>;
  /** Whoever runs the target knows why it does not answer: that is told instead of "does not answer". */
  trouble(problem: Problem): void;
  /** Looks again at what the target can do, unless that was done a moment ago (`now`: all the same). What is found comes with `state`. Never rejects. */
  refresh(now?: boolean): Promise<void>;
  /** The kubeconfig was written anew (the engine came back, perhaps elsewhere). */
  reload(): Promise<void>;
  close(): void;
}

/** Milliseconds between two looks at what a target can do: somebody may have given it a driver, or this user a right. */
const lookEveryMs = 5 * 60_000;
/** Asked for more often than this, the last answer is good enough. */
const freshMs = 2000;

/** Opens the target of a kubeconfig. It need not answer yet: the state says how it stands, and it is tried again for ever. */
export async function openTarget(options: {
  id: string;
  name: string;
  kubeconfig: string;
  log: Log;
  /** Milliseconds between two looks at what it can do; 5 minutes unless told. */
  lookEveryMs?: number;
}): Promise<OpenTarget> {
  const credentials = await readCredentials(options.kubeconfig).catch(notYet);
  const client = createKubeClient(credentials);
  const cache = createCache(client, options.log);
  const state = createLiveValue<Target>({
    id: options.id,
    name: options.name,
    state: 'connecting',
    since: new Date().toISOString(),
    server: credentials.server.href,
    capabilities: [],
  });
  const change = (fields: Partial<Target>): void => {
    const since = fields.state && fields.state !== state.value.state ? { since: new Date().toISOString() } : {};
    const next = { ...state.value, ...fields, ...since };
    if (fields.state === 'ready') delete next.problem;
    if (JSON.stringify(next) !== JSON.stringify(state.value)) state.set(next);
  };

  let cause: Problem | undefined;
  /** Set while the target does not answer. Who may not see nodes is answered all the same. */
  const away = (): KubeError | undefined => (nodes.lost?.code === 403 ? undefined : nodes.lost);
  let probing: Promise<void> | undefined;
  let probedAt = 0;
  const probe = async (): Promise<void> => {
    try {
      const found = await findOut(client, [...nodes.values()]);
      const version = await client.json<{ gitVersion?: string }>('GET', '/version');
      // Gone while it was asked: it is looked at anew when it is back.
      if (away()) return;
      const capacity = nodeCapacity([...nodes.values()], [...instances.values()]);
      change({
        state: 'ready',
        server: client.credentials.server.href,
        ...(version.gitVersion && { version: version.gitVersion }),
        capabilities: capabilityMatrix(found),
        ...(capacity && { capacity }),
      });
      probedAt = monotonic();
    } catch (error) {
      options.log.warn({ err: error }, 'the target could not be probed');
      // What is known of a target that answers stays good.
      if (state.value.state !== 'ready') change({ problem: asProblem(error) });
    }
  };
  const refresh = async (now = false): Promise<void> => {
    if (away() || state.value.state !== 'ready') return;
    if (!now && monotonic() - probedAt < freshMs) return;
    // One that is under way may have looked already at what has changed since.
    if (now) await probing;
    await (probing ??= probe().finally(() => (probing = undefined)));
  };
  const look = (): void => {
    const lost = away();
    if (lost) {
      const waiting = state.value.state === 'connecting' && !cause;
      change({ state: waiting ? 'connecting' : 'lost', problem: cause ?? lost.problem });
    } else if ((nodes.synced || nodes.lost) && state.value.state !== 'ready') {
      probing ??= probe().finally(() => (probing = undefined));
    }
  };
  const counting = createPaced(() => {
    const capacity = nodeCapacity([...nodes.values()], [...instances.values()]);
    if (capacity && state.value.state === 'ready') change({ capacity });
  }, 200);
  const count = (): void => counting.touch();
  // Two watches that stay: nodes tell whether the target answers, instances what is in use.
  const instances = cache.use(kinds.virtualMachineInstances, undefined, { changed: count });
  const nodes = cache.use(kinds.nodes, undefined, { changed: count, state: () => queueMicrotask(look) });
  const looking = setInterval(() => void refresh(), options.lookEveryMs ?? lookEveryMs);
  looking.unref();
  return {
    client,
    cache,
    state,
    refresh,
    trouble(problem) {
      cause = problem;
      change({ state: 'lost', problem });
    },
    async reload() {
      cause = undefined;
      client.use(await readCredentials(options.kubeconfig));
      cache.retry();
    },
    close() {
      counting.stop();
      clearInterval(looking);
      cache.close();
      client.close();
    },
  };
}

/** Stands in until the kubeconfig is there: nothing answers, for that reason. */
function notYet(error: unknown): Credentials {
  const server = new URL('https://127.0.0.1:1/');
  const headers = async (): Promise<never> => {
    throw unreachable(server, 'read the kubeconfig', error);
  };
  return { server, tls: {}, headers };
}
