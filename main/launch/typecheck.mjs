// Type-checks every layer with its own tsconfig: a layer that may not use Node or the DOM does not see their types.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './node.mjs';

const layers = ['main/contract', 'main', 'main/desktop', 'renderer', 'test'];
const only = process.argv[2];
let failed = 0;
for (const layer of layers.filter((name) => !only || name === only)) {
  if (!existsSync(join(root, layer, 'tsconfig.json'))) continue;
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', layer], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) failed += 1;
  else console.log(`types ok: ${layer}`);
}
process.exitCode = failed ? 1 : 0;
