// `npm run docs:cli`: docs/cli.md anew, out of what the commands say of themselves. Run by the pinned Node. With --print the
// page goes to stdout, and nothing is written.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliReference } from '../cli/reference.ts';
import { root } from './node.mjs';

const page = await cliReference();
if (process.argv.includes('--print')) process.stdout.write(page);
else {
  writeFileSync(join(root, 'docs/cli.md'), page);
  console.log('docs/cli.md is written.');
}
