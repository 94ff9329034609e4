import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import { backendStart } from './main/launch/backend-start.mjs';
import { builtIns } from './main/launch/built-in.mjs';
import { bundleProgram } from './main/launch/bundle.mjs';
import { earlyFiles } from './main/launch/early-files.mjs';
import { firstScreen } from './main/launch/first-screen.mjs';
import { plainLetters } from './main/launch/one-byte.mjs';
import { collectParts, licencesFile } from './main/launch/parts.mjs';

const at = (path: string): string => resolve(import.meta.dirname, path);

/** What becomes root to write a stick: one file, whose SHA-256 stands in the programs that start it. */
function stickHelper(): Plugin {
  let code = '';
  return {
    name: 'stick-helper',
    async config() {
      code = await bundleProgram('main/stick-helper.ts');
      const sha256 = createHash('sha256').update(code).digest('hex');
      return { define: { __STICK_HELPER_SHA256__: JSON.stringify(sha256) } };
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'stick-helper.js', source: code });
    },
  };
}

/** Packages that a start needs: one file of them is read in a fifth of the time of their seven hundred. */
const builtIn = ['@fastify/cookie', '@fastify/static', '@fastify/websocket', '@kubernetes/client-node', '@tus/file-store', '@tus/server', 'ajv', 'execa', 'fastify', 'pino', 'systeminformation', 'tar-stream', 'undici', 'ws', 'yaml', 'zod']; // prettier-ignore

/** Packages that are built in; the pages are built last and bring the list along. */
const built = new Set<string>();

/** Where updates of this build are, and the public keys (PEM, one after the other) whose signature it believes: docs/release.md. */
const updates = {
  __HEARTH_UPDATE_URL__: JSON.stringify(process.env['HEARTH_UPDATE_URL'] ?? ''),
  __HEARTH_UPDATE_KEYS__: JSON.stringify(process.env['HEARTH_UPDATE_KEYS']?.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []), // prettier-ignore
};

/** The text of a program stays in memory for as long as it runs: of comments, only licences. */
const spoken = { legal: true, annotation: false, jsdoc: false };

// Nine Node programs (window shell, backend, engine, its switch, its writer of memory, the starter image's builder, command line, the writer of sticks, a box's agent), one preload, one page.
export default defineConfig({
  main: {
    define: updates,
    plugins: [stickHelper(), collectParts(built), builtIns(), plainLetters()],
    build: {
      outDir: 'out/main',
      externalizeDeps: { exclude: builtIn },
      rolldownOptions: {
        input: {
          desktop: at('main/desktop/main.ts'),
          backend: at('main/backend/main.ts'),
          engine: at('main/embedded/main.ts'),
          switch: at('main/embedded/network/switch/main.ts'),
          'memory-writer': at('main/embedded/snapshot/writer/main.ts'),
          starter: at('main/backend/images/starter/worker.ts'),
          cli: at('main/cli.ts'),
          box: at('main/box.ts'),
        },
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
          comments: spoken,
          codeSplitting: { groups: backendStart(at('main')) },
        },
      },
    },
  },
  preload: {
    plugins: [collectParts(built)],
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      // A sandboxed preload must be CommonJS, and one file.
      rolldownOptions: {
        input: { preload: at('main/desktop/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    base: './',
    plugins: [react(), collectParts(built), earlyFiles(), licencesFile(built)],
    build: {
      outDir: at('out/renderer'),
      minify: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 600,
      rolldownOptions: {
        input: { index: at('renderer/index.html') },
        output: { codeSplitting: { groups: firstScreen(at('renderer')) } },
      },
    },
  },
});
