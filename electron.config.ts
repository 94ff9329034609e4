import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => resolve(import.meta.dirname, path);

// Eight Node programs (window shell, backend, engine, its switch, the starter image's builder, command line, the writer of sticks, a box's agent), one preload, one page.
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      externalizeDeps: true,
      rolldownOptions: {
        input: {
          desktop: at('main/desktop/main.ts'),
          backend: at('main/backend/main.ts'),
          engine: at('main/embedded/main.ts'),
          switch: at('main/embedded/network/switch/main.ts'),
          starter: at('main/backend/images/starter/worker.ts'),
          cli: at('main/cli.ts'),
          'stick-helper': at('main/stick-helper.ts'),
          box: at('main/box.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
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
    plugins: [react()],
    build: {
      outDir: at('out/renderer'),
      minify: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      rolldownOptions: { input: { index: at('renderer/index.html') } },
    },
  },
});
