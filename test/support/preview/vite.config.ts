import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { licencesFile } from '../../../main/launch/parts.mjs';

// The renderer on the in-memory backend. Serve: vite --config this; build: vite build --config this.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), licencesFile(new Set())],
  cacheDir: resolve(import.meta.dirname, '../../../node_modules/.cache/preview'),
  server: { host: '127.0.0.1', fs: { allow: [resolve(import.meta.dirname, '../../..')] } },
  build: { outDir: resolve(import.meta.dirname, '../../../out/preview'), emptyOutDir: true, target: 'es2023' },
});
