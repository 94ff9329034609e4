import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, preview } from 'vite';

const configFile = join(import.meta.dirname, 'vite.config.ts');

/** Builds the preview into a temporary folder and serves it on a free port. */
export async function servePreview(): Promise<{ url: string; close: () => Promise<void> }> {
  const outDir = await mkdtemp(join(tmpdir(), 'hearth-preview-'));
  const options = { configFile, logLevel: 'error' as const, build: { outDir, emptyOutDir: true } };
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production'; // or React's development build is served
  await build(options);
  process.env['NODE_ENV'] = before;
  const server = await preview({ ...options, preview: { host: '127.0.0.1', port: 0 } });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('The preview has no port.');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      await server.close();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
