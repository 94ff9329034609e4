import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CopyFormat, DiskCopies } from '../kube/block.ts';
import type { ExportVolume } from './sources.ts';

type Format = CopyFormat;
interface Making {
  done: Promise<string>;
  abort: AbortController;
}

/** Files of exports: DATA/engine/exports/<uid>/<claim>.<format>. Each is made once and stays until its export goes. */
export class Copies {
  readonly #root: string;
  readonly #disks: DiskCopies;
  readonly #making = new Map<string, Making>();

  constructor(root: string, disks: DiskCopies) {
    this.#root = root;
    this.#disks = disks;
  }

  /** The finished file of a disk; makes it where it is not there yet. Whoever asks meanwhile waits for the same. */
  async file(uid: string, volume: ExportVolume, format: Format, progress?: (done: number) => void): Promise<string> {
    const path = this.#path(uid, volume.name, format);
    const running = this.#making.get(path);
    if (running) return running.done;
    if (await isThere(path)) return path;
    const abort = new AbortController();
    const done = this.#make(path, uid, volume, format, abort.signal, progress).finally(() => this.#making.delete(path));
    this.#making.set(path, { done, abort });
    return done;
  }

  has(uid: string, volume: string, format: Format): Promise<boolean> {
    return isThere(this.#path(uid, volume, format));
  }

  /** Ends what is being made for an export and removes its files. */
  async remove(uid: string): Promise<void> {
    await this.#end((path) => path.startsWith(join(this.#root, uid)));
    await rm(join(this.#root, uid), { recursive: true, force: true });
  }

  /** What exports of before left: everything but these. */
  async sweep(uids: ReadonlySet<string>): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#root))
      if (!uids.has(name)) await rm(join(this.#root, name), { recursive: true, force: true });
  }

  stop(): Promise<void> {
    return this.#end(() => true);
  }

  async #end(which: (path: string) => boolean): Promise<void> {
    const ending = [...this.#making].filter(([path]) => which(path)).map(([, making]) => making);
    for (const { abort } of ending) abort.abort();
    await Promise.allSettled(ending.map(({ done }) => done));
  }

  async #make(
    path: string,
    uid: string,
    { source }: ExportVolume,
    format: Format,
    signal: AbortSignal,
    progress: ((done: number) => void) | undefined,
  ): Promise<string> {
    await mkdir(join(this.#root, uid), { recursive: true, mode: 0o700 });
    const temporary = `${path}.tmp`;
    try {
      await this.#disks.write(source, format, temporary, { signal, ...(progress ? { progress } : {}) });
      await rename(temporary, path);
      return path;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Names of claims are DNS names: no part of a path. */
  #path(uid: string, volume: string, format: Format): string {
    return join(this.#root, uid, `${volume}.${format}`);
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
