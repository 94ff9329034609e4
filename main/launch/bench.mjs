// `npm run bench`: builds, then prints every figure beside the bare tool's, measured in the same run.
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, runPinned } from './node.mjs';
import { ensurePrograms } from './system-packages.mjs';

ensurePrograms(['qemu', 'qemuImg', 'xz', 'chromium', 'curl', 'websockify']);
await build();
process.exitCode = await runPinned([join(root, 'test/bench/run.ts'), ...process.argv.slice(2)]);
