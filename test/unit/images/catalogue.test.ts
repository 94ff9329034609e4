import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { expect, it } from 'vitest';
import { readCatalogue } from '../../../main/backend/images/catalogue.ts';

const assets = join(import.meta.dirname, '../../../assets');

it('every entry is valid, named once, and its preference is in the bundle that the target serves', async () => {
  const entries = await readCatalogue(assets);
  expect(entries.length).toBeGreaterThanOrEqual(24);
  expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
  const bundle = readFileSync(join(assets, 'kubevirt/common-clusterpreferences-bundle-v1.7.0.yaml'), 'utf8');
  const preferences = new Set(
    parseAllDocuments(bundle).map((document) => (document.toJS() as { metadata: { name: string } }).metadata.name),
  );
  expect(entries.filter((entry) => !preferences.has(entry.preference))).toEqual([]);
});

it('every entry but the starter has an https address that fits its format, and a checksum of the same publisher', async () => {
  for (const entry of await readCatalogue(assets)) {
    if (entry.kind === 'starter') {
      expect(entry.url).toBeUndefined();
      continue;
    }
    const url = new URL(entry.url ?? '');
    expect(url.protocol).toBe('https:');
    expect(url.pathname.endsWith('.iso')).toBe(entry.format === 'iso');
    expect(url.pathname.endsWith('.xz')).toBe(entry.compression === 'xz');
    if (entry.checksum?.type === 'file') expect(new URL(entry.checksum.url).host).toBe(url.host);
    if (entry.checksum?.type === 'value') expect(entry.checksum.value).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.cloudInit).toBe(entry.kind === 'cloud');
    if (entry.cloudInit) expect(entry.defaultUser).toBeTruthy();
  }
});
