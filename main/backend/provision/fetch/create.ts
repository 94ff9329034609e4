import { mkdir } from 'node:fs/promises';
import type { Download } from '../../../../provisioning/plan.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import { digestOfPart, readBundle, writeBundle } from './bundle.ts';
import { fetchOne } from './fetch-one.ts';
import type { Fetched, Fetcher, FetchOptions } from './fetcher.ts';
import { prune } from './prune.ts';
import { openRoute } from './route.ts';
import { openStore } from './store.ts';

/** Connections at once: enough to fill a line, few enough for a registry's patience. */
const atOnce = 4;

/** Fetches what plans need, without privilege, into one cache folder that may be deleted at any time. */
export function createFetcher({ cacheDir, log }: { cacheDir: string; log: Log }): Fetcher {
  const store = openStore(cacheDir, log);

  const collect = async (downloads: readonly Download[], look: typeof store.find): Promise<Map<string, Fetched>> => {
    const found = new Map<string, Fetched>();
    for (const download of downloads) {
      const here = await look(download);
      if (here) found.set(download.name, here);
    }
    return found;
  };

  const fetch: Fetcher['fetch'] = async (downloads, options) => {
    await mkdir(cacheDir, { recursive: true, mode: 0o700 });
    const found = await collect(downloads, (each) => store.use(each));
    const missing = downloads.filter(({ name }) => !found.has(name));
    if (missing.length === 0) return found;
    const bundle = options.bundle ? { path: options.bundle, index: await readBundle(options.bundle) } : undefined;
    const route = openRoute(options);
    const total = missing.reduce((sum, { size }) => sum + size, 0);
    const bytes = new Map<string, number>();
    const abort = new AbortController();
    const signal = AbortSignal.any([options.signal, abort.signal]);
    const one = async (download: Download): Promise<void> => {
      if (bundle && download.optional && !bundle.index.files.has(download.name)) return;
      const onBytes = (length: number): void => {
        bytes.set(download.name, Math.min(length, download.size));
        const done = [...bytes.values()].reduce((sum, each) => sum + each, 0);
        options.onProgress?.(Math.min(done, total), total, download.title);
      };
      try {
        const fetched = await fetchOne(download, { store, route, options: { ...options, signal }, bundle, onBytes });
        found.set(download.name, fetched);
        onBytes(download.size);
      } catch (error) {
        if (!download.optional || signal.aborted) throw error;
        const why = error instanceof ProblemError ? error.problem.detail : String(error);
        options.onNote?.(`${download.name} is left out: ${why}`);
        onBytes(download.size);
      }
    };
    // The largest first: the last connection to end then ends soonest.
    const queue = [...missing].sort((a, b) => b.size - a.size);
    let failure: unknown;
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
        try {
          await one(next);
        } catch (error) {
          failure ??= error;
          abort.abort(error);
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(atOnce, missing.length) }, worker));
    } finally {
      await route.close().catch((error: unknown) => log.debug({ err: error }, 'connections did not close'));
    }
    options.signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    return found;
  };

  return {
    have: (downloads) => collect(downloads, (each) => store.find(each)),
    fetch,
    prune: (keep) => prune(cacheDir, keep),
    async makeBundle(path, downloads, options: FetchOptions) {
      const all = downloads.map((download): Download => ({ ...download, optional: false }));
      const files = await fetch(all, options);
      const ordered = all.flatMap(({ name }) => files.get(name) ?? []);
      return { size: await writeBundle(path, ordered, options.signal) };
    },
    async checkBundle(path, downloads, signal) {
      const index = await readBundle(path);
      const missing: string[] = [];
      const damaged: string[] = [];
      for (const { name, sha256 } of downloads) {
        const entry = index.files.get(name);
        if (!entry) missing.push(name);
        else if ((await digestOfPart(path, entry, signal)) !== (sha256 ?? entry.sha256)) damaged.push(name);
      }
      return { complete: missing.length === 0 && damaged.length === 0, missing, damaged, size: index.size };
    },
  };
}
