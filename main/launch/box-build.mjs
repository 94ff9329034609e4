// `npm run box:build`: the image of a box, from Debian packages and what is built here. Arguments: `npm run box:build -- --help`.
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, runPinned } from './node.mjs';
import { ensurePrograms } from './system-packages.mjs';

if (ensurePrograms(['mmdebstrap', 'mksquashfs', 'fsckFat', 'mtools', 'zstd']).length > 0) process.exit(1);
await build();
process.exitCode = await runPinned([join(root, 'main/cli/box-build.ts'), ...process.argv.slice(2)], {
  cwd: process.cwd(),
});
