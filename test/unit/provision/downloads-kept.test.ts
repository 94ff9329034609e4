import { describe, expect, it } from 'vitest';
import type { Pruned } from '../../../main/backend/provision/fetch/prune.ts';
import type { FlowParts } from '../../../main/backend/provision/flows.ts';
import { tidyDownloads } from '../../../main/backend/provision/downloads-kept.ts';
import type { Run } from '../../../main/backend/provision/work.ts';
import { recommended } from '../../../provisioning/versions.ts';
import { settings } from '../../support/provision/stand-ins.ts';

const old = { k3s: 'v1.34.10+k3s1', kubevirt: 'v1.8.4', cdi: 'v1.65.0' };

/** Tidies for appliances that have these versions; resolves with what was kept and what the log says. */
async function tidy(
  records: { chosen: typeof old; has: Partial<typeof old> }[],
  prune: () => Promise<Pruned> = async () => ({ removed: [], freed: 0, busy: false }),
): Promise<{ kept: ReadonlySet<string>; lines: string[] }> {
  let kept: ReadonlySet<string> = new Set();
  const lines: string[] = [];
  let known: typeof records = [];
  const parts = {
    records: {
      refresh: async () => void (known = records),
      list: () => known.map(({ chosen, has }) => ({ settings: settings({ versions: chosen }), versions: has })),
    },
    fetcher: { prune: (keep: ReadonlySet<string>) => ((kept = keep), prune()) },
  } as unknown as FlowParts;
  await tidyDownloads(parts, { log: (level, text) => lines.push(`${level} ${text}`) } as Partial<Run> as Run);
  return { kept, lines };
}

describe('fetched files after a run', () => {
  it('of the recommended versions stay, of either processor, with the tools of the bundle', async () => {
    const { kept, lines } = await tidy([]);
    for (const arch of ['amd64', 'arm64'])
      for (const name of [`k3s-${recommended.k3s}-${arch}`, `image-virt-launcher-${recommended.kubevirt}-${arch}`])
        expect(kept).toContain(name);
    expect(kept).toContain('snapshot-controller');
    expect(kept).toContain('kind-v0.32.0-amd64');
    expect(kept).toContain(`virtctl-${recommended.kubevirt}-amd64`);
    expect(kept).not.toContain(`k3s-${old.k3s}-amd64`);
    expect(lines).toEqual([]);
  });
  it('of every appliance stay: of what it has, and of what was chosen for it', async () => {
    const { kept } = await tidy([
      { chosen: { ...old, k3s: 'v1.35.7+k3s1' }, has: { k3s: old.k3s } },
      { chosen: old, has: {} },
    ]);
    for (const name of [`k3s-${old.k3s}-amd64`, 'k3s-v1.35.7+k3s1-amd64', `cdi-operator-${old.cdi}`])
      expect(kept).toContain(name);
  });
  it('that are gone are told with their size, and that it had to wait or failed is no failure', async () => {
    const gone = await tidy([], async () => ({ removed: ['a', 'b.part'], freed: 1_572_864, busy: false }));
    expect(gone.lines).toEqual(['info Fetched files that nobody needs any more were removed (1.5 MiB): a, b.part']);
    expect((await tidy([], async () => ({ removed: [], freed: 0, busy: true }))).lines[0]).toMatch(/^info .* stay/);
    expect((await tidy([], () => Promise.reject(new Error('EIO')))).lines[0]).toMatch(/^warning .*EIO/);
  });
});
