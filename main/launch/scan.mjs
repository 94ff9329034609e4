// `npm run scan`: builds, then scanners of others look at it. `npm run scan -- NAME ...` for some of them, `-- --online` to demand all.
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, runPinned } from './node.mjs';
import { ensureTools } from './package/tools.mjs';

ensureTools(join(root, 'test/security/scan/tools'), 'the scanners');
await build();
process.exitCode = await runPinned([join(root, 'test/security/scan/run.ts'), ...process.argv.slice(2)]);
