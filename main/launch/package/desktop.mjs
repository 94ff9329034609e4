// `npm run package:desktop`: Hearth with its window, by electron-builder. Arguments: `npm run package:desktop -- --help`.
import { join } from 'node:path';
import { build } from '../build.mjs';
import { root, runPinned } from '../node.mjs';
import { ensureTools } from './tools.mjs';

ensureTools();
await build();
process.exitCode = await runPinned([join(root, 'main/launch/package/desktop.ts'), ...process.argv.slice(2)], {
  cwd: process.cwd(),
});
