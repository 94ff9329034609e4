#!/usr/bin/env node
// `npx hearth ...`: the command line, run by the pinned Node whatever Node started us.
import { join } from 'node:path';
import { allocator } from './allocator.mjs';
import { build } from './build.mjs';
import { root, runPinned } from './node.mjs';

await build();
process.exitCode = await runPinned(['--enable-source-maps', join(root, 'out/main/cli.js'), ...process.argv.slice(2)], {
  cwd: process.cwd(),
  env: { ...process.env, ...allocator },
});
