// `npm run docs:problems`: docs/problems.md anew, out of the sources. Run by the pinned Node.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './node.mjs';
import { problemPage } from './problem-list.mjs';

writeFileSync(join(root, 'docs/problems.md'), problemPage());
console.log('docs/problems.md is written.');
