// `npm run package:feed`: signs a folder of packages as a feed of updates. Arguments: `npm run package:feed -- --help`.
import { join } from 'node:path';
import { root, runPinned } from '../node.mjs';

process.exitCode = await runPinned([join(root, 'main/launch/package/feed.ts'), ...process.argv.slice(2)], {
  cwd: process.cwd(),
});
