// Makes one file without imports (but Node's own) of a program, so that it can be hashed and handed over as a whole.
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './node.mjs';

/** The program `entry` (a path below the project) with everything it needs, as one ES module. */
export async function bundleProgram(entry) {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: join(root, entry),
      write: false,
      target: 'node24',
      minify: false,
      rolldownOptions: { output: { format: 'es', codeSplitting: false } },
    },
  });
  const { output } = Array.isArray(built) ? built[0] : built;
  const [chunk, ...more] = output;
  if (chunk?.type !== 'chunk' || more.length > 0) throw new Error(`${entry} became ${output.length} files`);
  const outside = chunk.imports.filter((name) => !name.startsWith('node:'));
  if (outside.length > 0) throw new Error(`${entry} needs ${outside.join(', ')} from outside`);
  return chunk.code;
}
