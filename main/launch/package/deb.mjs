// `npm run package:deb`: the Debian package of Hearth without a window of its own. Arguments: `npm run package:deb -- --help`.
import { join } from 'node:path';
import { build } from '../build.mjs';
import { root, runPinned } from '../node.mjs';
import { ensurePrograms } from '../system-packages.mjs';
import { ensureTools } from './tools.mjs';

if (ensurePrograms(['dpkgDeb']).length > 0) process.exit(1);
ensureTools();
await build();
process.exitCode = await runPinned([join(root, 'main/launch/package/deb.ts'), ...process.argv.slice(2)], {
  cwd: process.cwd(),
});
