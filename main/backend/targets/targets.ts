import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ContractHandlers } from '../../contract/contract.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { rowKeys } from '../../contract/row-keys.ts';
import type { Undoable } from '../../contract/undo.ts';
import type { Undos } from '../undo/undo.ts';
import type { TargetEntry } from '../../contract/targets.ts';
import { uploadIdOf } from '../images/tus.ts';
import { createLiveList } from '../target/live-list.ts';
import { addCluster } from './kubeconfig/add.ts';
import { testKubeconfig } from './kubeconfig/test.ts';
import type { KindClusters } from './kind/kind.ts';
import { openRegistry, quickLabId, targetNotFound, thereAgain } from './registry.ts';
import type { NewTarget, Registered, Registry } from './registry.ts';
import { createSwitcher } from './switcher.ts';
import type { Switcher } from './switcher.ts';
import { findUpload } from './upload.ts';
import { folderOf, forgetFiles, putAside, sweepAside } from './folders.ts';
import { openWorkspace } from './workspace.ts';
import type { Workspace, WorkspaceServices } from './workspace.ts';

/** The targets that Hearth knows, the one that pages see, and switching between them. */
export interface Targets {
  readonly handlers: ContractHandlers['targets'];
  /** Always open: Hearth runs its engine. */
  readonly quickLab: Workspace;
  current(): Workspace;
  /** Those that are open now, the current one among them. */
  opened(): Workspace[];
  /** All that are registered, the Quick lab first. */
  entries(): readonly Pick<TargetEntry, 'id' | 'name' | 'kind' | 'place'>[];
  /** Opens a target without showing it. Throws `not-found`, and what stands in the way. */
  open(id: string): Promise<Workspace>;
  /** Undefined for one that is not registered. */
  nameOf(id: string): string | undefined;
  readonly follow: Switcher['follow'];
  /** tus requests go to the target that the upload was announced for. */
  upload(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Adds a target, or tells that the file at `kubeconfig` was written anew. */
  put(target: NewTarget): Promise<void>;
  /** Forgets a target; the Quick lab becomes current when this was. */
  remove(id: string): Promise<void>;
  /** Tells of each target that is forgotten here, before whoever asked has the answer: its id may be another one's a moment later. */
  onForgotten(tell: (id: string) => void): () => void;
  /** Before the tasks end: image work under way goes on at the next start. */
  closing(): Promise<void>;
  close(): Promise<void>;
}

export interface TargetsOptions extends WorkspaceServices {
  undos: Pick<Undos, 'keep'>;
  /** Loaded when the first page asks for it. */
  kind: (registry: Pick<Registry, 'put' | 'remove' | 'entries'>) => Promise<KindClusters>;
}

/** Opens the Quick lab, the target that was current last and those with scheduled snapshots. Others open when they are chosen. */
export async function openTargets(options: TargetsOptions): Promise<Targets> {
  const { paths, log } = options;
  await sweepAside(paths).catch((error: unknown) => log.warn({ err: error }, 'files of forgotten targets are left'));
  const registry = await openRegistry({ file: paths.targets, log });
  const list = createLiveList<TargetEntry>();
  const open = new Map<string, { workspace: Workspace; revision: number; over: AbortController }>();
  const failed = new Map<string, Problem>();
  const listeners = new Set<(id: string) => void>();
  const entryOf = (id: string): Registered => {
    const found = registry.entries.find((each) => each.id === id);
    if (!found) throw targetNotFound(id);
    return found;
  };

  function publish(): void {
    const known = new Set(registry.entries.map(({ id }) => id));
    for (const { id } of list.values()) if (!known.has(id)) list.delete(id);
    for (const entry of registry.entries) {
      const state = open.get(entry.id)?.workspace.target.state.value;
      const problem = state?.problem ?? failed.get(entry.id) ?? (entry.id === quickLabId ? registry.notice : undefined);
      list.set(rowKeys.target(entry), {
        id: entry.id,
        name: entry.name,
        kind: entry.kind,
        place: entry.place,
        current: entry.id === switcher.current().id,
        state: state?.state ?? 'closed',
        ...(state?.version && { version: state.version }),
        ...(problem && { problem }),
        forgettable: entry.id !== quickLabId,
      });
    }
  }
  async function followState(workspace: Workspace, signal: AbortSignal): Promise<void> {
    for await (const _ of workspace.target.state.watch(signal)) publish();
  }
  async function opened(id: string): Promise<Workspace> {
    const known = open.get(id);
    if (known) return known.workspace;
    const entry = entryOf(id);
    const workspace = await openWorkspace(entry, options, (some) => registry.mark(id, some));
    const over = new AbortController();
    open.set(id, { workspace, revision: entry.revision, over });
    failed.delete(id);
    followState(workspace, over.signal).catch((error: unknown) =>
      log.error({ err: error }, 'a target is not followed'),
    );
    return workspace;
  }
  async function closeOne(id: string): Promise<void> {
    const known = open.get(id);
    if (!known) return;
    open.delete(id);
    known.over.abort();
    await known.workspace.close();
  }

  /** Makes what is open agree with what is registered: by us, or by another process just now. */
  async function settle(): Promise<void> {
    const { currentId } = registry;
    if (switcher.current().id !== currentId)
      try {
        switcher.use(await opened(currentId));
      } catch (error) {
        log.error({ err: error, target: currentId }, 'a target could not be opened');
        failed.set(currentId, asProblem(error));
      }
    for (const [id, known] of open) {
      const entry = registry.entries.find((each) => each.id === id);
      if (!entry) await closeOne(id);
      else {
        const { target } = known.workspace;
        if (entry.name !== target.state.value.name) target.state.set({ ...target.state.value, name: entry.name });
        if (entry.revision !== known.revision) {
          known.revision = entry.revision;
          await target.reload();
        }
      }
    }
    publish();
  }
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined); // whoever asked has the error
    return next;
  };
  /** After a change of ours: settled before the answer goes out. */
  const changed = (change: Promise<void>): Promise<void> => change.then(() => inTurn(settle));
  async function use(id: string): Promise<void> {
    await inTurn(() => opened(id)); // one that cannot be opened does not become current
    await changed(registry.use(id));
  }
  const isKnown = (id: string): boolean => registry.entries.some((each) => each.id === id);
  const refuseQuickLab = (id: string): void => {
    if (id === quickLabId)
      throw new ProblemError({
        code: 'target-not-forgettable',
        title: 'The Quick lab stays',
        detail: 'It is part of Hearth itself.',
        kind: 'denied',
      });
  };
  async function forget(id: string): Promise<void> {
    refuseQuickLab(id);
    // Only what is registered: the name of a folder is made of the id.
    if (!isKnown(id)) return;
    await changed(registry.remove(id));
    for (const tell of listeners) tell(id);
    await forgetFiles(folderOf(paths, id));
  }
  /** Forgets it for now: its files are put aside, its kubeconfig among them. */
  async function forgetForNow(id: string): Promise<Undoable> {
    const entry = entryOf(id);
    refuseQuickLab(id);
    const at = registry.entries.indexOf(entry);
    const wasCurrent = registry.currentId === id;
    await changed(registry.remove(id));
    for (const tell of listeners) tell(id);
    const files = await putAside(paths, folderOf(paths, id));
    return options.undos.keep('target', {
      async back() {
        if (isKnown(id)) throw thereAgain(entry);
        await files.back();
        await changed(registry.putBack(entry, at, wasCurrent));
        // Its schedules are kept by an open target alone.
        if (entry.schedules) await inTurn(() => opened(id));
        publish();
      },
      drop: () => files.drop().catch((error: unknown) => log.warn({ err: error, target: id }, 'files of a forgotten target are left')),
    }); // prettier-ignore
  }

  // It is always open: nobody has to know of its schedules.
  const quickLab = await openWorkspace(entryOf(quickLabId), options, () => Promise.resolve());
  const labOver = new AbortController();
  const switcher = createSwitcher(quickLab);
  open.set(quickLabId, { workspace: quickLab, revision: entryOf(quickLabId).revision, over: labOver });
  void followState(quickLab, labOver.signal);
  const stopListening = registry.listen(() => {
    inTurn(settle).catch((error: unknown) => log.error({ err: error }, 'the targets could not be brought up to date'));
  });
  await settle();
  for (const { id, schedules } of registry.entries)
    if (schedules)
      await opened(id).catch((error: unknown) => {
        log.error({ err: error, target: id }, 'a target with scheduled snapshots could not be opened');
        failed.set(id, asProblem(error));
      });
  list.ready();
  let loading: Promise<KindClusters> | undefined;
  const kind = (): Promise<KindClusters> => (loading ??= options.kind({
    get entries() {
      return registry.entries;
    },
    put: (target) => changed(registry.put(target)),
    remove: forget,
  })); // prettier-ignore

  return {
    quickLab,
    current: () => switcher.current(),
    opened: () => Array.from(open.values(), ({ workspace }) => workspace),
    entries: () => registry.entries.map(({ id, name, kind: what, place }) => ({ id, name, kind: what, place })),
    open: (id) => inTurn(() => opened(id)),
    nameOf: (id) => registry.entries.find((each) => each.id === id)?.name,
    follow: (signal, run, reset) => switcher.follow(signal, run, reset),
    put: (target) => changed(registry.put(target)),
    remove: forget,
    onForgotten(tell) {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    async upload(request, response) {
      const id = uploadIdOf(request) ?? '';
      const here = [...open.values()].find(({ workspace }) => workspace.images.hasUpload(id))?.workspace;
      const ids = registry.entries.map((each) => each.id);
      const elsewhere = here ? undefined : await findUpload(paths, ids, id);
      const workspace = here ?? (elsewhere ? await inTurn(() => opened(elsewhere)) : switcher.current());
      await workspace.images.upload(request, response);
    },
    handlers: {
      watch: (_input, { signal }) => list.watch(signal),
      use: ({ id }) => use(id),
      rename: ({ id, name }) => changed(registry.rename(id, name)),
      forget: ({ id }) => forgetForNow(id),
      test: (input) => testKubeconfig(input, paths.root),
      async addCluster(input) {
        const entry = await addCluster(input, paths, new Set(registry.entries.map(({ id }) => id)));
        await changed(registry.put(entry));
        if (input.use) await use(entry.id);
        return { id: entry.id };
      },
      kind: async () => (await kind()).state(),
      createKind: async (input) => (await kind()).create(input),
      deleteKind: async ({ name }) => (await kind()).remove(name),
    },
    async closing() {
      for (const { workspace } of open.values()) workspace.halt();
      for (const { workspace } of open.values()) await workspace.images.close();
    },
    async close() {
      stopListening();
      registry.close();
      await turn;
      for (const id of [...open.keys()].toReversed()) await closeOne(id);
    },
  };
}
