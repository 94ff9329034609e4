import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { createFetcher } from '../../../main/backend/provision/fetch/create.ts';
import type { Fetcher } from '../../../main/backend/provision/fetch/fetcher.ts';
import { inUseFor, partsStay } from '../../../main/backend/provision/fetch/prune.ts';
import { takeLock } from '../../../main/backend/lock.ts';
import type { Download } from '../../../provisioning/plan.ts';
import { noise, startReleaseServer } from '../../support/fetch/release-server.ts';
import type { ReleaseServer } from '../../support/fetch/release-server.ts';

let server: ReleaseServer;
let folder: string;
let cache: string;
let fetcher: Fetcher;
const signal = new AbortController().signal;
const file = (name: string): Download => ({
  name, title: name, url: `https://example.com/release/${name}`, size: 1000,
}); // prettier-ignore
const fetchAll = (...names: string[]) => fetcher.fetch(names.map(file), { signal, mirror: server.url });
const put = (name: string, size: number): string => server.put(`/example.com/release/${name}`, noise(size));
/** As if it had last been touched that long ago and a minute more. */
const age = (name: string, ms: number): Promise<void> => {
  const then = new Date(Date.now() - ms - 60_000);
  return utimes(join(cache, name), then, then);
};
const here = async (): Promise<string[]> => (await readdir(cache)).toSorted();

beforeEach(async () => {
  server = await startReleaseServer();
  folder = await mkdtemp(join(tmpdir(), 'hearth-prune-'));
  cache = join(folder, 'cache');
  fetcher = createFetcher({ cacheDir: cache, log: pino({ level: 'silent' }) });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('files that nobody needs', () => {
  it('go with their records; those to keep and the recorded digests stay', async () => {
    put('old', 5000);
    put('k3s-v1+k3s1', 3000);
    await fetchAll('old', 'k3s-v1+k3s1');
    for (const name of ['old', 'k3s-v1+k3s1']) await age(`${name}.json`, inUseFor);
    const digests = await readFile(join(cache, 'digests.json'), 'utf8');
    expect(await fetcher.prune(new Set(['k3s-v1+k3s1']))).toEqual({ removed: ['old'], freed: 5000, busy: false });
    expect(await here()).toEqual(['digests.json', 'k3s-v1+k3s1', 'k3s-v1+k3s1.json']);
    expect(await readFile(join(cache, 'digests.json'), 'utf8')).toBe(digests);
    expect(await fetcher.prune(new Set(['k3s-v1+k3s1']))).toEqual({ removed: [], freed: 0, busy: false });
  });

  it('stay while a run may still read them: fetched, or found here and handed out, just now', async () => {
    put('new', 100);
    put('again', 100);
    await fetchAll('new', 'again');
    await age('again.json', inUseFor);
    await fetchAll('again');
    expect((await fetcher.prune(new Set())).removed).toEqual([]);
    expect((await fetcher.have([file('new'), file('again')])).size).toBe(2);
    // A look hands nothing out.
    await age('again.json', inUseFor);
    await fetcher.have([file('again')]);
    expect((await fetcher.prune(new Set())).removed).toEqual(['again']);
  });

  it('are beginnings that nobody went on with for seven days, also of a file to keep', async () => {
    await mkdir(join(cache, 'image.layers'), { recursive: true });
    await mkdir(join(cache, 'young.layers'));
    for (const name of ['kept.part', 'other.part', 'other.checksums.part', 'image.layers/ab', 'young.layers/cd.part'])
      await writeFile(join(cache, name), noise(1000));
    for (const name of ['kept.part', 'other.checksums.part', 'image.layers/ab', 'image.layers', 'young.layers'])
      await age(name, partsStay);
    const { removed, freed } = await fetcher.prune(new Set(['kept']));
    expect(removed.toSorted()).toEqual(['image.layers', 'kept.part', 'other.checksums.part']);
    expect(freed).toBe(3000);
    expect(await here()).toEqual(['other.part', 'young.layers']);
  });

  it('stay, all of them, while somebody fetches', async () => {
    put('old', 100);
    await fetchAll('old');
    await age('old.json', inUseFor);
    const lock = await takeLock(join(cache, 'big.lock'), 'big');
    expect(await fetcher.prune(new Set())).toEqual({ removed: [], freed: 0, busy: true });
    await lock.release();
    // The lock of a process that is gone is nobody's.
    await writeFile(join(cache, 'big.lock'), JSON.stringify({ pid: 1, startedAt: 'never', since: '' }));
    expect((await fetcher.prune(new Set())).removed).toEqual(['old']);
  });

  it('are found to be gone by the next fetch, which gets them anew', async () => {
    put('old', 100);
    await fetchAll('old');
    await age('old.json', inUseFor);
    await fetcher.prune(new Set());
    const found = await fetchAll('old');
    expect((await readFile(found.get('old')?.path ?? '')).length).toBe(100);
    expect(server.asked).toHaveLength(2);
  });

  it('are not what is somebody else’s: strange names, a file without a record, no folder at all', async () => {
    expect((await fetcher.prune(new Set())).removed).toEqual([]);
    await mkdir(cache);
    for (const name of ['.hidden', 'a b', 'x.json.corrupt-2026', 'mine']) {
      await writeFile(join(cache, name), 'x');
      if (name !== 'mine') await age(name, partsStay);
    }
    expect((await fetcher.prune(new Set())).removed).toEqual([]);
  });
});
