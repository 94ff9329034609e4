import { dirname, isAbsolute, join, relative } from 'node:path';
import { z } from 'zod';
import { ProblemError } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { targetKindSchema } from '../../contract/targets.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { locked, turns, watchFile } from '../shared-file.ts';
import { exists } from '../paths.ts';

export const quickLabId = 'quick-lab';

const idSchema = z.string().regex(/^[a-z0-9][-a-z0-9.]{0,99}$/);
const registeredSchema = z.object({
  id: idSchema,
  name: z.string().min(1).max(60),
  kind: targetKindSchema,
  place: z.string(),
  /** Where its kubeconfig lies; relative to the data directory when it is in there, so that this may be moved. */
  kubeconfig: z.string().min(1),
  /** Grows with every `put`: whoever has it open reads the kubeconfig anew. */
  revision: z.number().int().default(1),
  /** Its machines have scheduled snapshots: it is opened with Hearth. */
  schedules: z.boolean().optional(),
});
const fileSchema = z.object({
  version: z.number().int().min(1),
  current: z.string(),
  targets: z.array(registeredSchema),
});
type Content = z.infer<typeof fileSchema>;
/** A target as it is remembered. `kubeconfig` is an absolute path here. */
export type Registered = z.infer<typeof registeredSchema>;
export type NewTarget = Omit<Registered, 'revision' | 'schedules'> & {
  /** Makes it the one that pages show. */
  use?: boolean;
};

export interface Registry {
  /** The Quick lab first. */
  readonly entries: readonly Registered[];
  readonly currentId: string;
  /** Set when the file could not be used and was set aside. */
  readonly notice: Problem | undefined;
  /** Adds it, or changes it and tells that its kubeconfig is to be read anew. */
  put(target: NewTarget): Promise<void>;
  /** Forgets it; the Quick lab is current again when this was. Nothing happens when it is not there. */
  remove(id: string): Promise<void>;
  /** Puts a forgotten one back where it was in the list; `use`: it is current again. Throws `already-exists`. */
  putBack(entry: Registered, at: number, use: boolean): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  use(id: string): Promise<void>;
  /** Whether its machines have schedules. Nothing happens when it is not there. */
  mark(id: string, schedules: boolean): Promise<void>;
  /** Told after each change, made here or by another process. Returns how to stop. */
  listen(told: () => void): () => void;
  close(): void;
}

export const targetNotFound = (id: string): ProblemError =>
  new ProblemError({
    code: 'target-not-found',
    title: 'This target is not known (any more)',
    detail: `There is no target ${id}.`,
  });

/**
 * The targets of one data directory, in `targets.json`: written atomically under a lock, because `hearth up` may register
 * an appliance while a Hearth runs, and read anew when another process wrote it.
 */
export async function openRegistry(options: { file: string; log: Log }): Promise<Registry> {
  const { file, log } = options;
  const root = dirname(file);
  const listeners = new Set<() => void>();
  const quickLab: Registered = {
    id: quickLabId,
    name: 'Quick lab',
    kind: 'quick-lab',
    place: 'this computer',
    kubeconfig: join(root, 'kubeconfig'),
    revision: 1,
  };
  let content: Content = { version: 1, current: quickLabId, targets: [quickLab] };
  let notice: Problem | undefined;

  async function read(): Promise<Content> {
    const there = await exists(file);
    const kept = await readJson(file, fileSchema, log);
    if (there && !kept)
      notice = {
        code: 'targets-file-damaged',
        title: 'The list of targets could not be read',
        detail: `${file} was damaged and set aside under another name; the Quick lab is all that is left of it.`,
        fix: `Add the other targets again; their kubeconfigs are still in ${join(root, 'targets')}.`,
        kind: 'failed',
      };
    const targets = (kept?.targets ?? [])
      .filter((each, at, all) => all.findIndex(({ id }) => id === each.id) === at)
      .map((each) => ({ ...each, kubeconfig: isAbsolute(each.kubeconfig) ? each.kubeconfig : join(root, each.kubeconfig) })); // prettier-ignore
    const lab = targets.find(({ id }) => id === quickLabId);
    const all = [lab ? { ...quickLab, name: lab.name } : quickLab, ...targets.filter(({ id }) => id !== quickLabId)];
    const current = kept && all.some(({ id }) => id === kept.current) ? kept.current : quickLabId;
    return { version: kept?.version ?? 1, current, targets: all };
  }
  const inside = (path: string): string => {
    const within = relative(root, path);
    return within.startsWith('..') || isAbsolute(within) ? path : within;
  };
  function take(next: Content): void {
    if (JSON.stringify(next) === JSON.stringify(content)) return;
    content = next;
    for (const told of listeners) told();
  }
  const inTurn = turns();
  const reread = (): Promise<void> => inTurn(async () => take(await read()));
  /** Changes what is in the file now, not what we last saw of it. */
  const change = (edit: (now: Content) => Content): Promise<void> =>
    inTurn(() =>
      locked(file, async () => {
        const next = edit(await read());
        const targets = next.targets.map((each) => ({ ...each, kubeconfig: inside(each.kubeconfig) }));
        await writeJson(file, { ...next, targets });
        take(next);
      }),
    );
  const known = (now: Content, id: string): Registered => {
    const found = now.targets.find((each) => each.id === id);
    if (!found) throw targetNotFound(id);
    return found;
  };

  const watcher = watchFile(file, reread, log);
  await reread();
  return {
    get entries() {
      return content.targets;
    },
    get currentId() {
      return content.current;
    },
    get notice() {
      return notice;
    },
    put: ({ use, ...target }) =>
      change((now) => {
        if (target.id === quickLabId) throw new TypeError('the Quick lab registers itself');
        const before = now.targets.find(({ id }) => id === target.id);
        const entry = registeredSchema.parse({ ...before, ...target, revision: (before?.revision ?? 0) + 1 });
        const targets = before
          ? now.targets.map((each) => (each.id === target.id ? entry : each))
          : [...now.targets, entry];
        return { ...now, targets, current: use ? target.id : now.current };
      }),
    remove: (id) =>
      change((now) => ({
        ...now,
        targets: now.targets.filter((each) => each.id !== id || id === quickLabId),
        current: now.current === id ? quickLabId : now.current,
      })),
    putBack: (entry, at, use) =>
      change((now) => {
        if (now.targets.some(({ id }) => id === entry.id)) throw thereAgain(entry);
        return { ...now, targets: now.targets.toSpliced(at, 0, entry), current: use ? entry.id : now.current };
      }),
    rename: (id, name) =>
      change((now) => {
        const entry = { ...known(now, id), name };
        return { ...now, targets: now.targets.map((each) => (each.id === id ? entry : each)) };
      }),
    async mark(id, schedules) {
      const entry = content.targets.find((each) => each.id === id);
      if (!entry || (entry.schedules ?? false) === schedules) return;
      await change((now) => ({ ...now, targets: now.targets.map((each) => (each.id === id ? { ...each, schedules } : each)) })); // prettier-ignore
    },
    use: (id) => change((now) => ({ ...now, current: known(now, id).id })),
    listen(told) {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    close() {
      watcher.close();
      listeners.clear();
    },
  };
}

export const thereAgain = ({ name }: Pick<Registered, 'name'>): ProblemError =>
  new ProblemError({
    code: 'already-exists',
    title: 'There is such a target again',
    detail: `${name} was added anew since it was forgotten.`,
    fix: 'Forget the new one first, then undo again.',
    kind: 'denied',
  });
