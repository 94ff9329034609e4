// `npm run soak -- [--minutes 30] [--every 5] [--lanes 2]`: builds, then machines come and go while everything is counted.
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, runPinned } from './node.mjs';
import { ensurePrograms } from './system-packages.mjs';

if (ensurePrograms(['qemu', 'qemuImg', 'xz']).length > 0) process.exit(1);
await build();
process.exitCode = await runPinned([join(root, 'test/soak/run.ts'), ...process.argv.slice(2)]);
