import type { Download } from '../../../../provisioning/plan.ts';
import type { Pruned } from './prune.ts';

/** A file that is here and was checked. */
export interface Fetched {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  /** Its digest was pinned by us; else it was taken from the release's list (or, where there is none, from the file) on first use. */
  readonly pinned: boolean;
}
export interface FetchOptions {
  /** Stands in for the host of every address: `MIRROR/<host>/<path>`. */
  mirror?: string | undefined;
  /** An offline bundle: what is in it is not fetched. */
  bundle?: string | undefined;
  proxy?: { http?: string | undefined; https?: string | undefined; no?: string | undefined } | undefined;
  /** Further certificate authorities, PEM. */
  ca?: string | undefined;
  signal: AbortSignal;
  onProgress?: (done: number, total: number, current: string) => void;
  /** A sentence for the log: taken from the bundle, recorded on first use, tried again... */
  onNote?: (text: string) => void;
}
export interface Fetcher {
  /** What of them is here already, checked by size and record (no hashing). */
  have(downloads: readonly Download[]): Promise<Map<string, Fetched>>;
  /** All of them, in parallel, resumed where they stopped. Throws a Problem that names the file. Optional ones may be missing. */
  fetch(downloads: readonly Download[], options: FetchOptions): Promise<Map<string, Fetched>>;
  /**
   * Removes files whose names are not in `keep`; those handed out within six hours, transfers that broke off within seven
   * days and the recorded digests stay. Nothing happens while anybody fetches into the same folder.
   */
  prune(keep: ReadonlySet<string>): Promise<Pruned>;
  /** One file with all of them, for a computer without the internet. Written aside and renamed. */
  makeBundle(path: string, downloads: readonly Download[], options: FetchOptions): Promise<{ size: number }>;
  checkBundle(
    path: string,
    downloads: readonly Download[],
    signal: AbortSignal,
  ): Promise<{ complete: boolean; missing: string[]; damaged: string[]; size: number }>;
}
