import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

// The first screen: the entry, Home, and all they import statically. At most 200 KiB of gzipped script.
const root = join(import.meta.dirname, '../../../renderer');
let out = '';
interface Chunk {
  file: string;
  imports?: string[];
  src?: string;
}
let manifest: Record<string, Chunk> = {};

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'hearth-budget-'));
  vi.stubEnv('NODE_ENV', 'production'); // or React's development build is measured
  await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'error',
    build: { outDir: out, emptyOutDir: true, manifest: true, target: 'es2023', minify: true, assetsInlineLimit: 0 },
  });
  manifest = JSON.parse(await readFile(join(out, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
}, 120_000);
afterAll(() => rm(out, { recursive: true, force: true }));

function needed(keys: string[]): string[] {
  const seen = new Set<string>();
  const add = (key: string): void => {
    const chunk = manifest[key];
    if (!chunk || seen.has(chunk.file)) return;
    seen.add(chunk.file);
    chunk.imports?.forEach(add);
  };
  keys.forEach(add);
  return [...seen];
}

it('shows the first screen with at most 200 KiB of gzipped script', async () => {
  const files = needed(['index.html', 'app/mount.tsx', 'features/home/home-page.tsx']);
  let total = 0;
  for (const file of files) total += gzipSync(await readFile(join(out, file))).length;
  expect(files.length).toBeGreaterThan(1);
  expect(total / 1024).toBeLessThan(200);
});

it('loads consoles, editor, charts and schemas only when they are wanted', async () => {
  const first = (
    await Promise.all(
      needed(['index.html', 'app/mount.tsx', 'features/home/home-page.tsx']).map((file) =>
        readFile(join(out, file), 'utf8'),
      ),
    )
  ).join('\n');
  // Words that only these libraries have.
  const marks = {
    zod: 'invalid_union',
    noVNC: 'RFB 003.008',
    xterm: 'xterm-helper',
    CodeMirror: 'cm-editor',
    uPlot: 'u-legend',
  };
  expect(Object.entries(marks).filter(([, mark]) => first.includes(mark))).toEqual([]);
});

it('ships no preview', async () => {
  const files = await readdir(out, { recursive: true });
  expect(files.some((file) => file.includes('preview') || file.includes('fake'))).toBe(false);
  expect(existsSync(join(out, 'index.html'))).toBe(true);
});
