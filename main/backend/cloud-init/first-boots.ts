import { z } from 'zod';
import type { FirstBoot } from '../../contract/cloud-init.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ListUpdate } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { Consoles } from '../consoles/consoles.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { kinds } from '../target/kinds.ts';
import { createLiveList, pause } from '../target/live-list.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { consoleText } from './console-text.ts';
import { cloudInitVolumeOf } from './machine-data.ts';
import { createTurns } from './turns.ts';
import { patience, verdictOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const verdictSchema = z.object({
  state: z.enum(['waiting', 'running', 'done', 'error', 'not-seen']),
  seconds: z.number().optional(),
  endedAt: z.string().optional(),
  by: z.string().optional(),
  problems: z
    .array(z.object({ severity: z.enum(['error', 'warning']), part: z.string().optional(), text: z.string() }))
    .max(100),
});
const fileSchema = z.object({
  version: z.literal(1),
  /** By the machine's uid. */
  machines: z.record(z.string(), z.object({ instanceId: z.string(), verdict: verdictSchema })),
});
interface Kept {
  instanceId: string;
  verdict: Verdict;
}

/** What the guests themselves say of their first set-up. */
export interface FirstBoots {
  watch(signal: AbortSignal): AsyncGenerator<ListUpdate<FirstBoot>>;
  /** What is known of a machine's set-up now. */
  get(ref: ObjectRef): FirstBoot | undefined;
  /** Somebody looks at this machine: if it waits for its turn, it is next. */
  soon(ref: ObjectRef): void;
  close(): Promise<void>;
}

const most = 10_000;
/** Consoles that are read at a time: a cluster may have thousands of machines that nobody has looked at yet. */
const atOnce = 16;
/** With more than so many that have run for long and were never looked at, one of them is read at a time. */
const many = 64;
/** Milliseconds after which one that has not ended makes room for those that wait; it has another turn later. */
const turnMs = 30_000;
/** Milliseconds between two turns of one place while others wait. */
const breathMs = 1000;
/** Milliseconds between two writings of the results: one for each that is in the file, and not less than the first. */
const writeEveryMs = 1000;
const writeEachMs = 10;
/** One for all. */
const waiting: Verdict = { state: 'waiting', problems: [] };
const settled = ({ state }: Verdict): boolean => state === 'done' || state === 'error' || state === 'not-seen';

/**
 * Listens to the serial console of every running machine with cloud-init data until its set-up ended, once for each instance
 * id, and keeps what came of it. No console is held longer than that: on a cluster a second listener would push out the first.
 */
export async function openFirstBoots(options: {
  target: OpenTarget;
  consoles: Pick<Consoles, 'serial'>;
  file: string;
  log: Log;
}): Promise<FirstBoots> {
  const { target, log } = options;
  const kept = new Map<string, Kept>(Object.entries((await readJson(options.file, fileSchema, log))?.machines ?? {}) as [string, Kept][]); // prettier-ignore
  const rows = createLiveList<FirstBoot>();
  /** Of each machine that is listened to, or waits for it: the uid of its instance, and the latter's own end while it is. */
  const wanted = new Map<string, { id: string; stop?: AbortController }>();
  const open = new Set<Promise<void>>();
  const end = new AbortController();
  let writing: Promise<void> | undefined;
  const turns = createTurns({ width: atOnce, many }, (key) => {
    const listening = listen(key);
    open.add(listening);
    return listening.finally(() => open.delete(listening));
  });

  /** Results that come while it waits go with the next writing. */
  const write = async (): Promise<void> => {
    await pause(Math.max(writeEveryMs, kept.size * writeEachMs), end.signal);
    writing = undefined;
    try {
      await writeJson(options.file, { version: 1, machines: Object.fromEntries(kept) });
    } catch (error) {
      log.warn({ err: error }, 'results of first boots could not be written');
    }
  };
  const keep = (uid: string, entry: Kept): void => {
    kept.delete(uid);
    kept.set(uid, entry);
    for (const old of kept.keys()) {
      if (kept.size <= most) break;
      kept.delete(old);
    }
    writing ??= write();
  };
  const show = (key: string, verdict: Verdict): void => {
    const [namespace, name] = split(key);
    rows.set(key, { namespace, name, ...verdict });
  };
  /** Begins to listen, goes on, or stops: as the machine and its instance are now. */
  const look = (key: string): void => {
    const vm = vms.get(...split(key));
    const vmi = vmis.get(...split(key));
    const uid = vm?.metadata.uid ?? '';
    const known = kept.get(uid);
    if (!vm || !cloudInitVolumeOf(pick(vm, 'spec', 'template', 'spec'))) {
      stop(key);
      rows.delete(key);
      return;
    }
    if (!vmi || pickText(vmi, 'status', 'phase') !== 'Running') {
      stop(key);
      // A set-up that was broken off is not under way any more.
      if (known && settled(known.verdict)) show(key, known.verdict);
      else rows.delete(key);
      return;
    }
    if (known?.instanceId === instanceIdOf(vm, vmi) && settled(known.verdict)) {
      show(key, known.verdict);
      return;
    }
    const id = vmi.metadata.uid ?? '';
    if (wanted.get(key)?.id === id) return;
    stop(key);
    wanted.set(key, { id });
    show(key, waiting);
    // Those that boot now are heard first.
    turns.want(key, isOld(vmi) ? 'patient' : 'next');
  };
  const stop = (key: string): void => {
    turns.drop(key);
    wanted.get(key)?.stop?.abort();
    wanted.delete(key);
  };

  /** One turn. It may not be the last: whoever still says something makes room for those that wait. */
  async function listen(key: string): Promise<void> {
    const entry = wanted.get(key);
    const vm = vms.get(...split(key));
    const vmi = vmis.get(...split(key));
    if (!entry || !vm || !vmi) return;
    const own = new AbortController();
    const leave = (): void => own.abort();
    end.signal.addEventListener('abort', leave);
    entry.stop = own;
    try {
      if (!(await listenOnce(key, vm, vmi, own.signal)) && !own.signal.aborted) turns.want(key, 'later');
      // Thousands of machines that ran long before are looked at in hours, not with all there is.
      if (turns.waiting > 0) await pause(breathMs, end.signal);
    } catch (error) {
      if (!own.signal.aborted) log.debug({ err: error, machine: key }, 'the serial console could not be read for the result of cloud-init'); // prettier-ignore
    } finally {
      end.signal.removeEventListener('abort', leave);
      delete entry.stop;
    }
  }

  /** Whether there is nothing more to hear; else its time was over. */
  async function listenOnce(key: string, vm: KubeObject, vmi: KubeObject, signal: AbortSignal): Promise<boolean> {
    const [namespace, name] = split(key);
    const { uid = '' } = vm.metadata;
    const instanceId = instanceIdOf(vm, vmi);
    const since = startOf(vmi);
    const until = Date.now() + turnMs;
    // The console still holds what was said before the machine got its new instance id.
    const before = Date.parse(kept.get(uid)?.verdict.endedAt ?? '');
    const after = Number.isNaN(before) ? undefined : before;
    for await (const text of consoleText(target, options.consoles, { namespace, name }, vmi, signal, isOld(vmi))) {
      const verdict = verdictOf(text, since, Date.now(), after);
      show(key, verdict);
      if (settled(verdict)) {
        keep(uid, { instanceId, verdict });
        return true;
      }
      if (turns.waiting > 0 && Date.now() > until) return false;
    }
    return true;
  }

  const vms = target.cache.use(kinds.virtualMachines, undefined, { changed: (key) => queueMicrotask(() => look(key)), state: () => queueMicrotask(state) }); // prettier-ignore
  const vmis = target.cache.use(kinds.virtualMachineInstances, undefined, { changed: (key) => queueMicrotask(() => look(key)) }); // prettier-ignore
  function state(): void {
    if (vms.lost) rows.stale(vms.lost.problem);
    else rows.live();
    if (vms.synced) rows.ready();
  }
  state();
  return {
    watch: (signal) => rows.watch(signal),
    get: ({ namespace, name }) => rows.get(`${namespace}/${name}`),
    soon: ({ namespace, name }) => turns.soon(`${namespace}/${name}`),
    async close() {
      turns.close();
      end.abort();
      vms.release();
      vmis.release();
      await Promise.race([Promise.all(open), pause(2000)]);
      await writing;
    },
  };
}

const split = (key: string): [string, string] => {
  const [namespace = '', name = ''] = key.split('/');
  return [namespace, name];
};

/** Which set-up it is: cloud-init does it anew for another instance id. */
const instanceIdOf = (vm: KubeObject, vmi: KubeObject): string =>
  pickText(vmi, 'spec', 'domain', 'firmware', 'uuid') ?? vm.metadata.uid ?? '';

/** What has run for long has said what it says, if anything. */
const isOld = (vmi: KubeObject): boolean => Date.now() - startOf(vmi) > patience * 1000;

/** When the instance began to run, in milliseconds. */
function startOf(vmi: KubeObject): number {
  const running = pickList(vmi, 'status', 'phaseTransitionTimestamps').find((each) => each['phase'] === 'Running');
  const told = pickText(running, 'phaseTransitionTimestamp') ?? vmi.metadata.creationTimestamp ?? '';
  const time = Date.parse(told);
  return Number.isNaN(time) ? Date.now() : time;
}
