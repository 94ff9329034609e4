import { asProblem } from '../../contract/problem.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { HostReport } from '../../contract/host.ts';
import type { Verdict } from '../cloud-init/verdict.ts';
import { hostPackages } from '../host/packages.ts';
import type { Collection } from '../target/collection.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pick } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { ListName, Looked, Near, WhySources } from './sources.ts';
import { listsWanted, namesWanted } from './wants.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Where else the reasons of one target's machines are known. */
export interface WhyHelp {
  /** What the guest said of its first set-up. */
  boot?: (ref: { namespace: string; name: string }) => Verdict | undefined;
  /** Somebody looks at this machine by itself: what is not known of it yet is found out before that of others. */
  lookedAt?: (ref: { namespace: string; name: string }) => void;
  /** Calls back whenever that changes, with the machines of which it does (namespace/name); answers how to end it. */
  onBoot?: (changed: (keys: readonly string[]) => void) => () => void;
  /** Of this computer. */
  host?: () => Promise<HostReport>;
}

const places: Record<ListName, { kind: Kind; everywhere?: true; what: string }> = {
  events: { kind: kinds.events, what: 'events' },
  nodes: { kind: kinds.nodes, everywhere: true, what: 'nodes' },
  instances: { kind: kinds.virtualMachineInstances, everywhere: true, what: 'other machines' },
  storageClasses: { kind: kinds.storageClasses, everywhere: true, what: 'storage classes' },
  networks: { kind: kinds.networkAttachmentDefinitions, everywhere: true, what: 'networks' },
  snapshots: { kind: kinds.virtualMachineSnapshots, what: 'snapshots' },
  restores: { kind: kinds.virtualMachineRestores, what: 'restores' },
  pods: { kind: kinds.pods, what: 'pods' },
  services: { kind: kinds.services, everywhere: true, what: 'services of other namespaces' },
};
const keysOf = (object: KubeObject): { keys: string[] } => ({
  keys: Object.keys((pick(object, 'data') ?? {}) as object),
});
/** A Secret is asked for again at most so often (ms). */
const askAgain = 1000;

/**
 * What lies around one machine: lists are watched from the first moment that they matter and until `close`; Secrets and
 * ConfigMaps are asked for by name, and only the names of their keys are kept. `changed` is called when there is news.
 */
export function openNear(
  target: OpenTarget,
  ref: { namespace: string; name: string },
  help: WhyHelp,
  changed: () => void,
): { read(sources: WhySources): Near; close(): void } {
  const open = new Map<ListName, Collection & { release(): void }>();
  const named = new Map<string, { looked: Looked<{ keys: string[] } | undefined>; at: number; busy: boolean }>();
  let report: HostReport | undefined;
  let asked = false;
  let over = false;
  let listed = false;
  help.lookedAt?.(ref);
  const overBoot = help.onBoot?.((keys) => keys.includes(`${ref.namespace}/${ref.name}`) && changed());

  const list = (name: ListName): Looked<readonly KubeObject[]> => {
    const { kind, everywhere, what } = places[name];
    let collection = open.get(name);
    if (!collection) {
      // Its first state may be told while `use` still runs.
      const soon = (): void => queueMicrotask(changed);
      collection = target.cache.use(kind, everywhere ? undefined : ref.namespace, { changed: soon, state: soon });
      open.set(name, collection);
    }
    if (collection.synced) return { state: 'known', value: [...collection.values()] };
    const { lost } = collection;
    if (!lost) return { state: 'loading' };
    // A kind that the target does not have: there are none of it.
    if (lost.code === 404) return { state: 'known', value: [] };
    return { state: 'unseen', says: `${what} (${lost.problem.detail})` };
  };

  async function ask(id: string, kind: 'Secret' | 'ConfigMap', name: string): Promise<void> {
    const entry = named.get(id) ?? { looked: { state: 'loading' }, at: 0, busy: false };
    named.set(id, entry);
    if (entry.busy || monotonic() - entry.at < askAgain) return;
    entry.busy = true;
    const before = JSON.stringify(entry.looked);
    try {
      const found = await target.client.get(kind === 'Secret' ? kinds.secrets : kinds.configMaps, ref.namespace, name);
      entry.looked = { state: 'known', value: keysOf(found) };
    } catch (error) {
      if (isNotFound(error)) {
        entry.looked = { state: 'known', value: undefined };
        if (kind === 'Secret') await others();
      } else entry.looked = { state: 'unseen', says: `${kind} ${name} (${asProblem(error).detail})` };
    } finally {
      entry.busy = false;
      entry.at = monotonic();
    }
    if (!over && JSON.stringify(entry.looked) !== before) changed();
  }
  /** Secrets that could be used instead of a missing one, once; only names are kept. Who may not list them is offered none. */
  async function others(): Promise<void> {
    if (listed) return;
    listed = true;
    try {
      for (const secret of (await target.client.list(kinds.secrets, ref.namespace)).slice(0, 500)) {
        const id = `Secret ${ref.namespace}/${secret.metadata.name}`;
        if (!named.has(id)) named.set(id, { looked: { state: 'known', value: keysOf(secret) }, at: 0, busy: false });
      }
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
    }
  }
  /** Facts of this computer, for a target that is on it with nothing of Kubernetes in between. */
  const here = (): boolean =>
    target.state.value.capabilities.some(({ id, supported }) => id === 'localFiles' && supported);

  return {
    read(sources) {
      const boot = help.boot?.(ref);
      const near: Near = { lists: {}, named: {}, ...(boot && { boot }) };
      const rest = { ...sources, near };
      for (const name of listsWanted(rest)) near.lists[name] = list(name);
      // What the first ones told may make others matter.
      for (const name of listsWanted(rest)) near.lists[name] ??= list(name);
      const looked: Record<string, Looked<{ keys: string[] } | undefined>> = {};
      for (const { kind, name } of namesWanted(sources)) {
        const id = `${kind} ${ref.namespace}/${name}`;
        void ask(id, kind, name);
        looked[id] = named.get(id)?.looked ?? { state: 'loading' };
        if (looked[id].state === 'known' && looked[id].value === undefined)
          for (const [other, entry] of named) looked[other] ??= entry.looked;
      }
      const wanted = Object.keys(near.lists).includes('nodes');
      if (wanted && help.host && here() && !asked) {
        asked = true;
        help.host().then((found) => {
          report = found;
          if (!over) changed();
        }, () => undefined); // without it the chain says less
      } // prettier-ignore
      return {
        ...near,
        named: looked,
        ...(report && here() && { host: { ...report, installQemu: hostPackages(['qemu-system-x86', 'qemu-utils']) } }),
      };
    },
    close() {
      over = true;
      overBoot?.();
      for (const collection of open.values()) collection.release();
    },
  };
}
