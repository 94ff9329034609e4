import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createFetcher } from '../../../main/backend/provision/fetch/create.ts';
import type { Download } from '../../../provisioning/plan.ts';
import { noise, sha256, startReleaseServer } from '../../support/fetch/release-server.ts';
import type { Figure } from '../figures.ts';

const MiB = 2 ** 20;
/** About the shape of an install: one large archive, one middle file, a few small ones. */
const sizes = { 'airgap.tar.zst': 200 * MiB, k3s: 70 * MiB, virtctl: 50 * MiB, 'kubevirt-operator.yaml': 1 * MiB };
const release = 'https://example.com/release';

/** What an appliance needs, fetched and checked, against curl and sha256sum one after the other from the same server. */
export async function measure(): Promise<Figure[]> {
  const server = await startReleaseServer();
  const folder = await mkdtemp(join(tmpdir(), 'hearth-bench-fetch-'));
  try {
    const downloads = Object.entries(sizes).map(([name, size]): Download => {
      const bytes = noise(size);
      server.put(`/example.com/release/${name}`, bytes);
      return { name, title: name, url: `${release}/${name}`, size, sha256: sha256(bytes) };
    });
    const fetcher = createFetcher({ cacheDir: join(folder, 'cache'), log: pino({ level: 'silent' }) });
    const run = async (): Promise<number> => {
      const started = performance.now();
      await fetcher.fetch(downloads, { signal: new AbortController().signal, mirror: server.url });
      return performance.now() - started;
    };
    const ours = await run();
    const again = await run();
    const started = performance.now();
    for (const { name } of downloads) {
      const path = join(folder, name);
      await execa('curl', ['-sfo', path, `${server.url}/example.com/release/${name}`]);
      await execa('sha256sum', [path]);
    }
    const bare = performance.now() - started;
    return [
      {
        what: 'files of an install (321 MiB) fetched and checked',
        ours,
        bare,
        bareName: 'curl + sha256sum, one after the other',
        unit: 'ms',
        better: 'lower',
      },
      { what: 'the same with everything here', ours: again, unit: 'ms', better: 'lower' },
    ];
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
