import { chmod, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Layout } from '../layout.ts';
import { exists, readJson, settle, sizeOf, writeAtomic } from '../files.ts';
import { errnoOf, Refusal } from '../refusal.ts';

/** A read-only image that claims stand on. Its json file is written last: without it the data does not count. */
export interface Base {
  /** SHA-256 of the source's content; `frozen-…` and `inplace-…` for data that has no such name. */
  id: string;
  format: 'qcow2' | 'raw';
  virtualSize: number;
  /** What the source was: qcow2, raw, iso, vmdk, ... */
  sourceFormat: string;
  /** Base under it (a frozen overlay's). */
  backing?: string;
  /** The user's own file, used where it lies: it must stay as it was. */
  inPlace?: { path: string; size: number; mtimeMs: number };
}

/** DATA/engine/disks/base. References are found by scanning the claims' records, so there is no counter to be wrong. */
export class Bases {
  private readonly layout: Layout;
  private readonly pins = new Map<string, number>();
  constructor(layout: Layout) {
    this.layout = layout;
  }

  /** Where a base's data lies. */
  path(base: Base): string {
    return base.inPlace?.path ?? join(this.layout.bases, `${base.id}.${base.format}`);
  }

  /** How an overlay in volumes/ or base/ names it. */
  reference(base: Base): string {
    return base.inPlace?.path ?? `../${basename(this.layout.bases)}/${base.id}.${base.format}`;
  }

  async get(id: string): Promise<Base | undefined> {
    return readJson<Base>(this.metadata(id));
  }

  async all(): Promise<Base[]> {
    const found: Base[] = [];
    for (const name of await readdir(this.layout.bases)) {
      const base = name.endsWith('.json') ? await this.get(name.slice(0, -'.json'.length)) : undefined;
      if (base) found.push(base);
    }
    return found;
  }

  /** Bases that something under way is about to refer to. */
  pinned(): string[] {
    return [...this.pins.keys()];
  }

  /** A base that records say is there. Throws Refusal where it is not, or where the user changed a file used in place. */
  async require(id: string): Promise<Base> {
    const base = await this.get(id);
    if (!base)
      throw new Refusal(
        'ImageMissing',
        'The image this disk stands on is no longer in the data folder. Restore it from a backup, or import the image again.',
      );
    if (base.inPlace) await assertUnchanged(base.inPlace);
    return base;
  }

  /** Takes a finished file over (moved, made read-only, synced), or leaves the one that is already there. */
  async adopt(base: Base, file: string | undefined): Promise<Base> {
    const present = await this.get(base.id);
    if (present && (await exists(this.path(present)))) return present;
    if (file) {
      await chmod(file, 0o400);
      await settle(file);
      await rename(file, this.path(base));
    }
    await writeAtomic(this.metadata(base.id), JSON.stringify(base));
    return base;
  }

  /** Writes the description first, for a base whose data is moved in later (see Claims.freeze). */
  async announce(base: Base): Promise<void> {
    await writeAtomic(this.metadata(base.id), JSON.stringify(base));
  }

  /** Keeps a base through a sweep while something is about to refer to it. Let it go in the sweep's own turn (see holds). */
  pin(id: string): () => void {
    this.pins.set(id, (this.pins.get(id) ?? 0) + 1);
    return () => {
      const left = (this.pins.get(id) ?? 1) - 1;
      if (left > 0) this.pins.set(id, left);
      else this.pins.delete(id);
    };
  }

  /** Removes what nothing in `roots` stands on. Running machines keep their open files in any case. */
  async sweep(roots: Iterable<string>): Promise<string[]> {
    const keep = new Set<string>();
    const todo = [...roots, ...this.pins.keys()];
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      if (keep.has(id)) continue;
      keep.add(id);
      const backing = (await this.get(id))?.backing;
      if (backing) todo.push(backing);
    }
    const removed: string[] = [];
    for (const name of await readdir(this.layout.bases)) {
      const id = name.replace(/\.(json|qcow2|raw|iso)$/, '');
      // Asked again for each file: an import may have pinned it since.
      if (keep.has(id) || this.pins.has(id)) continue;
      // Other names are files that are being written now.
      if (id === name) continue;
      await rm(join(this.layout.bases, name), { force: true });
      removed.push(name);
    }
    return removed;
  }

  /** Bytes on the disk of a base (a file used in place takes none of ours, but its size is what users expect to see). */
  async allocated(base: Base): Promise<number> {
    return (await sizeOf(this.path(base)))?.allocated ?? 0;
  }

  private metadata(id: string): string {
    return join(this.layout.bases, `${id}.json`);
  }
}

async function assertUnchanged(file: NonNullable<Base['inPlace']>): Promise<void> {
  const found = await stat(file.path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!found)
    throw new Refusal(
      'FileMissing',
      `The file ${file.path} is used in place and is no longer there. Put it back, or import the image again.`,
    );
  if (found.size !== file.size || found.mtimeMs !== file.mtimeMs)
    throw new Refusal(
      'FileChanged',
      `The file ${file.path} is used in place and was changed since it was added. Disks that stand on it would be damaged: put the old file back, or import the image again.`,
    );
}
