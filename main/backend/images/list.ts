import type { ImageRow } from '../../contract/image.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ListUpdate } from '../../contract/machine.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Collection } from '../target/collection.ts';
import { keyOf, kinds } from '../target/kinds.ts';
import { createLiveList } from '../target/live-list.ts';
import { createPaced } from '../target/paced.ts';
import type { OpenTarget } from '../target/target.ts';
import { imageLabel, imageNamespace } from './manifest.ts';
import { followGolden } from './golden.ts';
import { goldenRow, imageRow } from './row.ts';
import { sameDisks, sameSource, usersOfImages } from './used-by.ts';

export const isImage = (volume: KubeObject): boolean =>
  volume.metadata.namespace === imageNamespace && volume.metadata.labels?.[imageLabel] === 'true';

export interface ImageList {
  watch(signal: AbortSignal): AsyncIterable<ListUpdate<ImageRow>>;
  /** A task begins or ends its work on this image: the row says so. */
  working(name: string, on: boolean): void;
  /** The DataVolume, or undefined; the list is loaded first. */
  volume(name: string, signal?: AbortSignal): Promise<KubeObject | undefined>;
  volumes(): Promise<KubeObject[]>;
  usersOf(name: string): Promise<string[]>;
  /** Called with each new state of this image (undefined when it is gone) until the returned function is called. */
  follow(name: string, changed: (volume: KubeObject | undefined) => void): () => void;
  /** Calls back once the list is loaded for the first time; the returned function calls it off. */
  whenLoaded(then: () => void): () => void;
  close(): void;
}

/** The library's rows, from one watch of DataVolumes and one of VirtualMachines. */
export function createImageList(target: OpenTarget): ImageList {
  const list = createLiveList<ImageRow>();
  const busy = new Map<string, number>();
  const followers = new Map<string, Set<(volume: KubeObject | undefined) => void>>();
  let users = new Map<string, Set<string>>();
  let volumes: Collection | undefined;
  let machines: Collection | undefined;
  // Rows are keyed by uid, as pages key them: an image made anew under the same name is another one.
  const uids = new Map<string, string>();
  const put = (key: string, volume: KubeObject | undefined): void => {
    const { uid = '', name = '' } = (volume && isImage(volume) && volume.metadata) || {};
    const before = uids.get(key);
    if (before !== undefined && before !== uid) list.delete(before);
    if (!volume || !uid) {
      uids.delete(key);
      return;
    }
    uids.set(key, uid);
    list.set(uid, imageRow(volume, { working: busy.has(name), usedBy: [...(users.get(name) ?? [])] }));
  };
  const countUsers = (): void => {
    users = usersOfImages(machines?.values() ?? [], volumes?.values() ?? []);
    for (const volume of volumes?.values() ?? []) if (isImage(volume)) put(keyOf(volume), volume);
  };
  // Many machines change at once: the users are counted once for all of them.
  const counting = createPaced(countUsers, 50);
  const count = (): void => counting.touch();
  const state = (): void => {
    if (volumes?.lost) list.stale(volumes.lost.problem);
    else list.live();
    if (!volumes?.synced || !machines?.synced) return;
    countUsers();
    list.ready();
    for (const then of waiting.splice(0)) then();
  };
  const waiting: (() => void)[] = [];
  const golden = new Map<string, string>();
  const stopGolden = followGolden(target, (key, source) => {
    const before = golden.get(key);
    const uid = source?.metadata.uid;
    if (before !== undefined && before !== uid) list.delete(before);
    if (!source || !uid) golden.delete(key);
    else {
      golden.set(key, uid);
      list.set(uid, goldenRow(source));
    }
  });
  const openVolumes = target.cache.use(kinds.dataVolumes, undefined, {
    changed(key, volume, before) {
      put(key, volume);
      if ((!volume || !isImage(volume)) && !sameSource(volume, before)) count();
      if (key.startsWith(`${imageNamespace}/`))
        for (const changed of followers.get(key.slice(imageNamespace.length + 1)) ?? []) changed(volume);
    },
    state: () => queueMicrotask(state),
  });
  volumes = openVolumes;
  const openMachines = target.cache.use(kinds.virtualMachines, undefined, {
    // What runs changes all the time, its disks hardly ever.
    changed: (_key, machine, before) => !sameDisks(machine, before) && count(),
    state: () => queueMicrotask(state),
  });
  machines = openMachines;
  const loaded = async (signal?: AbortSignal): Promise<void> => {
    if (!openVolumes.synced && target.state.value.state === 'lost' && target.state.value.problem)
      throw new ProblemError(target.state.value.problem);
    await Promise.all([openVolumes.whenSynced(signal), openMachines.whenSynced(signal)]);
  };
  return {
    watch: (signal) => list.watch(signal),
    working(name, on) {
      const tasks = (busy.get(name) ?? 0) + (on ? 1 : -1);
      if (tasks > 0) busy.set(name, tasks);
      else busy.delete(name);
      const volume = openVolumes.get(imageNamespace, name);
      if (volume) put(keyOf(volume), volume);
    },
    async volume(name, signal) {
      await loaded(signal);
      return openVolumes.get(imageNamespace, name);
    },
    async volumes() {
      await loaded();
      return [...openVolumes.values()].filter(isImage);
    },
    async usersOf(name) {
      await loaded();
      return [...(usersOfImages(openMachines.values(), openVolumes.values()).get(name) ?? [])].sort();
    },
    follow(name, changed) {
      const all = followers.get(name) ?? new Set();
      followers.set(name, all.add(changed));
      changed(openVolumes.get(imageNamespace, name));
      return () => {
        all.delete(changed);
        if (all.size === 0) followers.delete(name);
      };
    },
    whenLoaded(then) {
      if (openVolumes.synced && openMachines.synced) queueMicrotask(then);
      else waiting.push(then);
      return () => {
        const at = waiting.indexOf(then);
        if (at >= 0) waiting.splice(at, 1);
      };
    },
    close() {
      counting.stop();
      stopGolden();
      openVolumes.release();
      openMachines.release();
    },
  };
}
